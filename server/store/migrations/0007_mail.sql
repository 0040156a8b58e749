-- Mails on their way out, and invitations (DOMAIN A3, C3, D2).

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL where it is about no MSP.
    msp_id TEXT REFERENCES msps (id),
    -- Whom it is about: hidden from those who are denied that customer. Its mails go with it.
    customer_id TEXT REFERENCES customers (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    -- What the link in it is, kept apart and only until it is sent: it is the receiver's alone.
    link TEXT NOT NULL,
    template TEXT NOT NULL,
    language TEXT NOT NULL,
    -- QUEUED, SENDING, SENT or FAILED.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Of one that is SENDING: when it is tried again should its sender have gone.
    next_attempt_at BIGINT NOT NULL,
    last_error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    -- 0 until it is sent.
    sent_at BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX outbox_of_msp ON outbox (msp_id, id);
CREATE INDEX outbox_of_customer ON outbox (customer_id);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE state IN ('QUEUED', 'SENDING');

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    -- Whose portal is offered; NULL for staff.
    customer_id TEXT REFERENCES customers (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    -- SHA-256 of the token; the token itself stands in the mail alone.
    token_hash TEXT NOT NULL UNIQUE,
    -- OPEN, ACCEPTED or REVOKED. One that is OPEN may have expired.
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Name and address, as they were then.
    invited_by TEXT NOT NULL,
    -- The mail that it was last sent by: it is taken back with it as long as it waits.
    mail_id TEXT NOT NULL,
    -- Who they became.
    accepted_by TEXT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX invitations_of_msp ON invitations (msp_id, id);
CREATE INDEX invitations_of_customer ON invitations (customer_id);
-- An address is invited once at a time: what is sent again is the same invitation.
CREATE UNIQUE INDEX invitations_open ON invitations (msp_id, COALESCE(customer_id, ''), email_folded) WHERE state = 'OPEN';

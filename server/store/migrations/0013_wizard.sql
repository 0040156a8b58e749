-- Customers that are being built (DOMAIN A3), mobile numbers that wait for their code (A5), and captchas that were used (A4).

-- Room that is kept for customers whose mobile number is not verified yet: they count against the quota and nowhere else.
ALTER TABLE msps ADD COLUMN customers_held BIGINT NOT NULL DEFAULT 0;

CREATE TABLE drafts (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    -- Whose it is; a finished one that waits for its code is every MSP Admin's.
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    section TEXT NOT NULL,
    -- `model::drafts::Draft` as JSON.
    typed TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- Since when it waits for its code; 0 while it is being typed.
    waiting_since BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX drafts_of_user ON drafts (user_id, changed_at);
CREATE INDEX drafts_waiting ON drafts (msp_id, waiting_since) WHERE waiting_since > 0;
CREATE INDEX drafts_by_age ON drafts (changed_at);

CREATE TABLE mobile_checks (
    -- Of a draft that waits, or of a customer whose number was changed.
    draft_id TEXT UNIQUE REFERENCES drafts (id) ON DELETE CASCADE,
    customer_id TEXT UNIQUE REFERENCES customers (id) ON DELETE CASCADE,
    -- E.164.
    mobile TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    -- When the code went out; 0 where it did not.
    sent_at BIGINT NOT NULL,
    -- Wrong ones since then.
    tries BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE spent_captchas (
    challenge TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_captchas_by_age ON spent_captchas (expires_at);

-- Kiosk links (DOMAIN F10): the wall on screens where nobody signs in.

CREATE TABLE kiosks (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    -- SHA-256 of the link's token, which is shown once.
    token_hash TEXT NOT NULL UNIQUE,
    -- NULL once they are removed: the link never does more than its maker may.
    maker_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    -- Name and address of its maker, as they were then.
    made_by TEXT NOT NULL,
    -- FALSE: those of kiosk_customers alone, also where none of them is left.
    all_customers BOOLEAN NOT NULL,
    -- `model::kiosks::View`.
    view TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 0 while it is not.
    revoked_at BIGINT NOT NULL DEFAULT 0,
    -- 0 before the first use.
    last_used_at BIGINT NOT NULL DEFAULT 0,
    last_used_from TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX kiosks_of_msp ON kiosks (msp_id, id);
CREATE INDEX kiosks_of_maker ON kiosks (maker_id);

CREATE TABLE kiosk_customers (
    kiosk_id TEXT NOT NULL REFERENCES kiosks (id) ON DELETE CASCADE,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (kiosk_id, customer_id)
);
CREATE INDEX kiosk_customers_of_customer ON kiosk_customers (customer_id);

-- A screen on which the link was opened. The link's own token stays nowhere in its browser.
CREATE TABLE kiosk_sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    kiosk_id TEXT NOT NULL REFERENCES kiosks (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX kiosk_sessions_of_kiosk ON kiosk_sessions (kiosk_id, last_seen_at);

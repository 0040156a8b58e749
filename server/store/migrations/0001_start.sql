-- One text for both engines. Times are UTC milliseconds, ids text. `_sort` columns are folded and cut in Rust and compared by
-- bytes; `search` is folded in Rust. Every row that a person edits has a `version`.

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE msps (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    demo BOOLEAN NOT NULL DEFAULT FALSE,
    customers_used BIGINT NOT NULL DEFAULT 0,
    customers_quota BIGINT NOT NULL,
    monitors_used BIGINT NOT NULL DEFAULT 0,
    monitors_quota BIGINT NOT NULL,
    -- The last `events.seq`.
    event_seq BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE customers (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    search TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    email_sort TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    -- How many, kept by whoever adds or removes one, so that the list can be sorted by it.
    monitors BIGINT NOT NULL DEFAULT 0,
    admins BIGINT NOT NULL DEFAULT 0,
    added_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    demo BOOLEAN NOT NULL DEFAULT FALSE,
    created_by TEXT NOT NULL,
    -- What it was before it was terminated; empty otherwise.
    state_before TEXT NOT NULL DEFAULT '',
    terminate_reason TEXT NOT NULL DEFAULT '',
    terminated_at BIGINT NOT NULL DEFAULT 0,
    company TEXT NOT NULL DEFAULT '',
    contact_first TEXT NOT NULL DEFAULT '',
    contact_last TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    account_manager_email TEXT NOT NULL DEFAULT '',
    website TEXT NOT NULL DEFAULT '',
    mobile TEXT NOT NULL DEFAULT '',
    business_phone TEXT NOT NULL DEFAULT '',
    contact_role TEXT NOT NULL DEFAULT '',
    country TEXT NOT NULL DEFAULT '',
    industries TEXT NOT NULL DEFAULT '',
    company_size TEXT NOT NULL DEFAULT '',
    address1 TEXT NOT NULL DEFAULT '',
    address2 TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',
    state_region TEXT NOT NULL DEFAULT '',
    zip TEXT NOT NULL DEFAULT '',
    internal_reference TEXT NOT NULL DEFAULT '',
    portal_name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    report_zone TEXT NOT NULL DEFAULT ''
);
CREATE INDEX customers_by_name ON customers (msp_id, name_sort, id);
CREATE INDEX customers_by_email ON customers (msp_id, email_sort, id);
CREATE INDEX customers_by_state ON customers (msp_id, state, id);
CREATE INDEX customers_by_monitors ON customers (msp_id, monitors, id);
CREATE INDEX customers_by_admins ON customers (msp_id, admins, id);
CREATE INDEX customers_by_added ON customers (msp_id, added_at, id);
CREATE INDEX customers_by_modified ON customers (msp_id, modified_at, id);
CREATE UNIQUE INDEX customers_portal_name ON customers (portal_name) WHERE portal_name <> '';

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    -- Whose portal a customer user reads; NULL for staff.
    customer_id TEXT REFERENCES customers (id),
    role TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX users_of_customer ON users (customer_id);

CREATE TABLE sessions (
    -- SHA-256 of the token; the token itself is the browser's alone.
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    origin TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE associations (
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, user_id)
);
CREATE INDEX associations_of_user ON associations (user_id);

CREATE TABLE monitors (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    search TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    interval_s BIGINT NOT NULL,
    timeout_s BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    -- `model::monitors::Check` as JSON.
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX monitors_by_name ON monitors (msp_id, name_sort, id);
CREATE INDEX monitors_of_customer ON monitors (customer_id, name_sort, id);

-- Apart from `monitors`, for it is written all the time.
CREATE TABLE statuses (
    monitor_id TEXT NOT NULL PRIMARY KEY REFERENCES monitors (id) ON DELETE CASCADE,
    -- The monitor's own, again: counting by status is then a question to this table alone.
    msp_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    -- Who suspended it: `hand`, `terminated`, `free`; empty where nobody did.
    suspended_by TEXT NOT NULL DEFAULT '',
    since BIGINT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    -- 0 before the first verdict.
    verdict_at BIGINT NOT NULL DEFAULT 0,
    latency_ms BIGINT,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX statuses_of_msp ON statuses (msp_id);
CREATE INDEX statuses_of_customer ON statuses (customer_id);

CREATE TABLE transitions (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- `model::monitors::Evidence` as JSON.
    evidence TEXT NOT NULL,
    PRIMARY KEY (monitor_id, id)
);

CREATE TABLE outages (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    msp_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- NULL while it lasts.
    ended_at BIGINT,
    PRIMARY KEY (monitor_id, id)
);
CREATE UNIQUE INDEX outages_open ON outages (monitor_id) WHERE ended_at IS NULL;
CREATE INDEX outages_of_customer ON outages (customer_id, started_at);
CREATE INDEX outages_of_msp ON outages (msp_id, ended_at);

-- Append-only: audit, replicas, webhooks and the change feed read it.
CREATE TABLE events (
    msp_id TEXT NOT NULL REFERENCES msps (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Which customer it is about; empty where none.
    customer_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (msp_id, seq)
);
CREATE INDEX events_of_customer ON events (msp_id, customer_id, seq);

-- Settings of an MSP (DOMAIN A3, B3, B5, E2), and accounts that exist with or without an MSP (B4, B6).

ALTER TABLE msps ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE msps ADD COLUMN report_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE msps ADD COLUMN free_monitors BIGINT NOT NULL DEFAULT 5;
ALTER TABLE msps ADD COLUMN restore_days BIGINT NOT NULL DEFAULT 30;
ALTER TABLE msps ADD COLUMN refresh_minutes BIGINT NOT NULL DEFAULT 5;
-- TRUE: no MSP but the home of one account: a tenant that has a Super Admin and a log, no customers and no staff.
ALTER TABLE msps ADD COLUMN is_home BOOLEAN NOT NULL DEFAULT FALSE;

-- An account that stands on its own, whoever manages it. While an MSP does, there is a row of `customers` with the same id.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    -- The tenant that its Super Admin belongs to.
    home_id TEXT NOT NULL UNIQUE REFERENCES msps (id),
    name TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT 'en',
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);

-- Each time that an MSP asked to manage an account. At most one is open: then its customer is PENDING.
CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    msp_id TEXT NOT NULL REFERENCES msps (id),
    -- Name and address of the MSP Admin, as they were then.
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- `approved`, `declined`, `withdrawn` or `expired`; empty while it is open.
    outcome TEXT NOT NULL DEFAULT '',
    decided_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX approvals_of_account ON approvals (account_id, id);
CREATE INDEX approvals_of_msp ON approvals (msp_id);
CREATE INDEX approvals_due ON approvals (expires_at) WHERE outcome = '';

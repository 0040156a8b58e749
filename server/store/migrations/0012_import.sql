-- Files of customers to import (DOMAIN A18), each its maker's own, so that a reload loses nothing. One text for both engines.
CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    file_name TEXT NOT NULL,
    -- As UTF-8, whatever it was; empty once it is imported.
    content TEXT NOT NULL,
    -- `Vec<model::import::Column>` as JSON.
    columns TEXT NOT NULL,
    customers BIGINT NOT NULL,
    stage TEXT NOT NULL,
    -- `model::import::Summary` and `Vec<model::import::ReportLine>` as JSON; empty before the dry run.
    summary TEXT NOT NULL DEFAULT '',
    report TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX imports_of_user ON imports (user_id, created_at);
CREATE INDEX imports_by_age ON imports (created_at);

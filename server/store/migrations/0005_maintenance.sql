-- Maintenance windows, and what is kept of an outage that somebody looks after.

CREATE TABLE windows (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- FALSE: only those of `window_monitors`.
    all_monitors BOOLEAN NOT NULL,
    -- `model::maintenance::Rule` as JSON.
    rule TEXT NOT NULL,
    zone TEXT NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    -- What began before is over by then, whatever the rule says; 0 where nobody ended it.
    closed_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX windows_of_msp ON windows (msp_id, customer_id);
CREATE INDEX windows_of_customer ON windows (customer_id);

CREATE TABLE window_monitors (
    window_id TEXT NOT NULL REFERENCES windows (id) ON DELETE CASCADE,
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    PRIMARY KEY (window_id, monitor_id)
);
CREATE INDEX window_monitors_of_monitor ON window_monitors (monitor_id);

-- Which window holds the monitor in MAINTENANCE; empty where none does. What it would be otherwise: its last verdict's status.
ALTER TABLE statuses ADD COLUMN window_id TEXT NOT NULL DEFAULT '';
ALTER TABLE statuses ADD COLUMN beneath TEXT NOT NULL DEFAULT '';
ALTER TABLE statuses ADD COLUMN beneath_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE outages ADD COLUMN taken_by TEXT NOT NULL DEFAULT '';
ALTER TABLE outages ADD COLUMN taken_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outages ADD COLUMN snoozed_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outages ADD COLUMN snoozed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE outages ADD COLUMN snooze_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE outages ADD COLUMN notes BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX outages_by_id ON outages (id);

CREATE TABLE outage_notes (
    monitor_id TEXT NOT NULL,
    outage_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (outage_id, id),
    FOREIGN KEY (monitor_id, outage_id) REFERENCES outages (monitor_id, id) ON DELETE CASCADE
);
CREATE INDEX outage_notes_of_monitor ON outage_notes (monitor_id, outage_id);

-- What monitors measured, one row per monitor and hour: first each measurement, later only their figures.
CREATE TABLE latencies (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    -- When the hour began.
    hour_at BIGINT NOT NULL,
    -- `<second of the hour>:<milliseconds> ` each; empty once they are thinned to what follows.
    samples TEXT NOT NULL,
    thinned BOOLEAN NOT NULL DEFAULT FALSE,
    count BIGINT NOT NULL DEFAULT 0,
    sum_ms BIGINT NOT NULL DEFAULT 0,
    least_ms BIGINT NOT NULL DEFAULT 0,
    most_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (monitor_id, hour_at)
);
CREATE INDEX latencies_unthinned ON latencies (hour_at) WHERE thinned = FALSE;

CREATE TABLE heartbeats (
    monitor_id TEXT NOT NULL PRIMARY KEY REFERENCES monitors (id) ON DELETE CASCADE,
    -- Kept as it is, for it is shown again to those who manage the monitor.
    token TEXT NOT NULL UNIQUE,
    -- The last call; 0 before the first.
    heard_at BIGINT NOT NULL DEFAULT 0
);

-- The customer list by mail (DOMAIN A12), deletion (A11), and an audit trail that is searched and cannot be changed (A15).

-- A list that is fetched later, by an emailed link. What it holds is read when it is fetched.
CREATE TABLE exports (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    -- Who asked, and alone may fetch it.
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the token; the token itself stands in the mail alone.
    token_hash TEXT NOT NULL UNIQUE,
    -- `model::customers::CustomerQuery` as JSON.
    query TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX exports_of_user ON exports (user_id);
CREATE INDEX exports_by_age ON exports (expires_at);

-- Customers that are on their way out: gone from view already, their monitors following step by step.
CREATE TABLE deletions (
    customer_id TEXT NOT NULL PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    begun_at BIGINT NOT NULL
);

-- Folded in Rust, as every search is; what was written before this is folded as well as SQL can.
ALTER TABLE events ADD COLUMN actor_search TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN subject_search TEXT NOT NULL DEFAULT '';
UPDATE events SET actor_search = lower(actor), subject_search = lower(subject);
CREATE INDEX events_by_kind ON events (msp_id, kind, seq);

-- From here on nothing changes or removes what is written down.
CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only';
END
$$;
CREATE TRIGGER events_not_changed BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_are_append_only();
CREATE TRIGGER events_not_removed BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_are_append_only();

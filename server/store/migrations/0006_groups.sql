-- Customer groups (DOMAIN C1, C2), whom a customer is denied to (C7), and when a person was last here.

CREATE TABLE customer_groups (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX customer_groups_by_name ON customer_groups (msp_id, name_sort);

CREATE TABLE group_members (
    group_id TEXT NOT NULL REFERENCES customer_groups (id) ON DELETE CASCADE,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, customer_id)
);
CREATE INDEX group_members_of_customer ON group_members (customer_id);

CREATE TABLE denials (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, customer_id)
);
CREATE INDEX denials_of_customer ON denials (customer_id);

CREATE INDEX users_of_msp ON users (msp_id);

ALTER TABLE users ADD COLUMN default_group TEXT REFERENCES customer_groups (id) ON DELETE SET NULL;
-- 0 before the first sign-in that this column has seen.
ALTER TABLE users ADD COLUMN last_seen_at BIGINT NOT NULL DEFAULT 0;

-- Sessions that can be listed, guessing that is slowed, and a second factor. One text for both engines.

-- What a person calls a session by; the token's hash stays inside. Sessions that stand already are numbered: they go on.
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
UPDATE sessions SET id = 'ses_' || substr(
    '00000000000000000000000000000000',
    length(CAST((SELECT COUNT(*) FROM sessions AS other WHERE other.token_hash <= sessions.token_hash) AS TEXT)) + 1
) || CAST((SELECT COUNT(*) FROM sessions AS other WHERE other.token_hash <= sessions.token_hash) AS TEXT);
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);

-- In base32; empty while there is no second factor. Not hashed: the server computes the code from it, as the app does.
ALTER TABLE users ADD COLUMN totp_secret TEXT NOT NULL DEFAULT '';
-- The last step (RFC 6238, 4.2) whose code was used: none is taken twice.
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
-- A secret that was shown and not yet confirmed, and since when.
ALTER TABLE users ADD COLUMN totp_offered TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN totp_offered_at BIGINT NOT NULL DEFAULT 0;

-- Each is used once, and is gone then.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- Who gave the right password and has not yet given the code.
CREATE TABLE pending_sign_ins (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX pending_sign_ins_of_user ON pending_sign_ins (user_id);
CREATE INDEX pending_sign_ins_by_age ON pending_sign_ins (created_at);

-- Failed guesses by account (a hash of the email, whether it exists or not) and by address.
CREATE TABLE guesses (
    subject TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    -- An account's last failure; the first of an address's stretch.
    since BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX guesses_by_age ON guesses (since);

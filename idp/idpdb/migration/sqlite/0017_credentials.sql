-- The app of level 2: a key on a telephone, what binds it, what it is asked. E24, E30, A28

-- A telephone whose key signs. It stays as a record after its end.
CREATE TABLE app_device (
    id         TEXT PRIMARY KEY,
    identity   TEXT NOT NULL REFERENCES identity (id),
    name       TEXT NOT NULL,          -- sealed
    public_key BLOB NOT NULL,          -- P-256, SubjectPublicKeyInfo
    bound_at   INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,       -- 0: never
    ended_at   INTEGER NOT NULL,       -- 0: in use
    how        TEXT NOT NULL           -- '', 'removed', 'reported', 'revoked'
) STRICT;
CREATE INDEX app_device_of ON app_device (identity) WHERE ended_at = 0;

-- The binding that an identity has under way: the hash of what its QR code holds, the MAC
-- of the code sent by SMS.
CREATE TABLE app_binding (
    identity   TEXT PRIMARY KEY REFERENCES identity (id),
    token      BLOB NOT NULL UNIQUE,
    digest     BLOB NOT NULL,
    tries      INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX app_binding_by_expiry ON app_binding (expires_at);

-- What the app is asked for a login; one a login, the last one counts.
CREATE TABLE app_prompt (
    flow       TEXT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    identity   TEXT NOT NULL REFERENCES identity (id),
    service    TEXT NOT NULL,
    level      INTEGER NOT NULL,
    numbers    TEXT NOT NULL,          -- three, with blanks between
    number     INTEGER NOT NULL,       -- the one that the browser shows
    asked_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state      TEXT NOT NULL,          -- '', 'approved', 'wrong', 'refused', 'reported', 'used'
    device     TEXT NOT NULL
) STRICT;
CREATE INDEX app_prompt_of ON app_prompt (identity, expires_at);
CREATE INDEX app_prompt_by_expiry ON app_prompt (expires_at);

-- Passwords that an identity had, for as long as they may not come back. REG 15, E13
CREATE TABLE former_password (
    identity TEXT NOT NULL REFERENCES identity (id),
    ended_at INTEGER NOT NULL,
    phc      TEXT NOT NULL,
    PRIMARY KEY (identity, ended_at)
) STRICT;

-- Of how many days before its end the holder was told; 0: of none. E12
ALTER TABLE password ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX password_by_age ON password (changed_at);

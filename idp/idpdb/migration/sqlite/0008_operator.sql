-- Operators of the provider: the keys that they sign in with. Who is one stands in the
-- configuration; a row is made by an invitation, and stays for those who read the log. A16, A17

CREATE TABLE operator (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    invited_at INTEGER NOT NULL
) STRICT;

-- One open invitation each: a later one takes the place of the one before.
CREATE TABLE operator_invitation (
    operator TEXT PRIMARY KEY REFERENCES operator (id),
    link     TEXT NOT NULL UNIQUE,     -- MAC of the secret in the mailed link
    until    INTEGER NOT NULL
) STRICT;

CREATE TABLE operator_key (
    id       TEXT PRIMARY KEY,         -- hash of the credential's id
    operator TEXT NOT NULL REFERENCES operator (id),
    label    TEXT NOT NULL,
    key      TEXT NOT NULL,            -- public
    uses     INTEGER NOT NULL,         -- what the authenticator counted
    added_at INTEGER NOT NULL,
    used_at  INTEGER NOT NULL          -- 0: not yet
) STRICT;
CREATE INDEX operator_key_of ON operator_key (operator);

-- The session at a provider that a session here came from, while that one is open:
-- what is needed to end the one together with the other. Avviso SPID 3

CREATE TABLE door_session (
    session       TEXT    NOT NULL PRIMARY KEY, -- public handle of the session here
    account_id    TEXT    NOT NULL,
    door          TEXT    NOT NULL,
    issuer        TEXT    NOT NULL,
    name_id       TEXT    NOT NULL,
    session_index TEXT    NOT NULL,
    expires_at    INTEGER NOT NULL              -- the end of the session here
) STRICT;
CREATE INDEX door_session_name ON door_session (issuer, name_id);
CREATE INDEX door_session_expires ON door_session (expires_at);

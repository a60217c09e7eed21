-- The session at a provider that a session here came from, while that one is open:
-- what is needed to end the one together with the other. Avviso SPID 3

CREATE TABLE door_session (
    session       text    NOT NULL PRIMARY KEY, -- public handle of the session here
    account_id    text    NOT NULL,
    door          text    NOT NULL,
    issuer        text    NOT NULL,
    name_id       text    NOT NULL,
    session_index text    NOT NULL,
    expires_at    bigint  NOT NULL              -- the end of the session here
);
CREATE INDEX door_session_name ON door_session (issuer, name_id);
CREATE INDEX door_session_expires ON door_session (expires_at);

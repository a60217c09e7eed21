-- The services that the holder entered from one session of level 1 ("sessione globale"),
-- and what each of them said when it was told that the session is over. Avviso SPID 3

CREATE TABLE participant (
    session    TEXT NOT NULL,   -- public handle of the session: its SessionIndex
    service    TEXT NOT NULL,
    name_id    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- the end of the session, whatever happens
    request_id TEXT NOT NULL,   -- of the LogoutRequest; '' while the session lasts
    state      TEXT NOT NULL CHECK (state IN ('in', 'told', 'out')),
    PRIMARY KEY (session, name_id)
);
CREATE INDEX participant_by_request ON participant (request_id);
CREATE INDEX participant_by_expiry ON participant (expires_at);

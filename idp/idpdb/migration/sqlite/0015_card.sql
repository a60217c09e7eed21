-- One use of a card for a request as it stands: begun on the applicant's page, presented
-- to the listener once, and taken back in the applicant's session once. Code and way back
-- are MACs; what was found is sealed. A24
CREATE TABLE card_ceremony (
    request    TEXT PRIMARY KEY REFERENCES request (id) ON DELETE CASCADE,
    holder     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    code       TEXT NOT NULL UNIQUE,
    began_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    back       TEXT NOT NULL,
    found      TEXT NOT NULL
) STRICT;
CREATE INDEX card_ceremony_by_expiry ON card_ceremony (expires_at);

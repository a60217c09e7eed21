-- A telephone that is let add pictures to a request, by the session that shows its code: a
-- code for two minutes, used once, and a number that both devices show. Code and telephone
-- are MACs, the session is its hash. A05
CREATE TABLE handoff (
    request  TEXT PRIMARY KEY REFERENCES request (id) ON DELETE CASCADE,
    holder   TEXT NOT NULL,
    session  TEXT NOT NULL,
    code     TEXT NOT NULL UNIQUE,
    phone    TEXT NOT NULL,           -- '' until a telephone brought the code
    numbers  TEXT NOT NULL,           -- three, with spaces
    number   INTEGER NOT NULL,
    state    TEXT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX handoff_by_phone ON handoff (phone) WHERE phone <> '';
CREATE INDEX handoff_by_end ON handoff (until_at);

-- Level 3: the card of a holder, and one use of it. SPID-RT livelli; I12

-- Whose identity may be proved by a card: one card a holder, known by the end of its number.
CREATE TABLE identity_card (
    identity TEXT PRIMARY KEY REFERENCES identity (id),
    bound_at INTEGER NOT NULL,
    ending   TEXT NOT NULL
) STRICT;

-- One use of a card, of a login or of the session that binds it: begun on a page, presented
-- to the listener once, and taken back where it began once. Code and way back are MACs. A24
CREATE TABLE card_login (
    flow       TEXT PRIMARY KEY,
    identity   TEXT NOT NULL REFERENCES identity (id),
    page       TEXT NOT NULL,           -- where the browser goes back to
    code       TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    back       TEXT NOT NULL,
    ending     TEXT NOT NULL
) STRICT;
CREATE INDEX card_login_by_expiry ON card_login (expires_at);

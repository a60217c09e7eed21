-- What registers and desks say about people: what ties them to the institution, and who
-- authorised a minor. Times are microseconds UTC; 0 means "no bound" or "not".

CREATE TABLE affiliation (
    id         TEXT    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES account (id),
    kind       TEXT    NOT NULL,             -- student, employee, alum, guest
    unit       TEXT    NOT NULL,             -- '' when the source names none
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,             -- the first moment at which it holds no more
    source     TEXT    NOT NULL,             -- register or desk
    at         INTEGER NOT NULL              -- when the source said so
) STRICT;
CREATE UNIQUE INDEX affiliation_once ON affiliation (account_id, kind, unit, from_at, source);
CREATE INDEX affiliation_unit ON affiliation (unit, account_id);
CREATE INDEX affiliation_kind ON affiliation (kind, source, until_at);

CREATE TABLE parental_authorisation (
    id            TEXT    NOT NULL PRIMARY KEY,
    account_id    TEXT    NOT NULL REFERENCES account (id),
    authorised_by TEXT    NOT NULL,          -- parent, guardian, foster: a role, never a name
    document      TEXT    NOT NULL,          -- what the desk saw: identity, court
    at            INTEGER NOT NULL,
    until_at      INTEGER NOT NULL,
    withdrawn_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX parental_authorisation_account ON parental_authorisation (account_id, at);

-- What registers and desks say about people: what ties them to the institution, and who
-- authorised a minor. Times are microseconds UTC; 0 means "no bound" or "not".

CREATE TABLE affiliation (
    id         text    NOT NULL PRIMARY KEY,
    account_id text    NOT NULL REFERENCES account (id),
    kind       text    NOT NULL,             -- student, employee, alum, guest
    unit       text    NOT NULL,             -- '' when the source names none
    from_at    bigint  NOT NULL,
    until_at   bigint  NOT NULL,             -- the first moment at which it holds no more
    source     text    NOT NULL,             -- register or desk
    at         bigint  NOT NULL              -- when the source said so
);
CREATE UNIQUE INDEX affiliation_once ON affiliation (account_id, kind, unit, from_at, source);
CREATE INDEX affiliation_unit ON affiliation (unit, account_id);
CREATE INDEX affiliation_kind ON affiliation (kind, source, until_at);

CREATE TABLE parental_authorisation (
    id            text    NOT NULL PRIMARY KEY,
    account_id    text    NOT NULL REFERENCES account (id),
    authorised_by text    NOT NULL,          -- parent, guardian, foster: a role, never a name
    document      text    NOT NULL,          -- what the desk saw: identity, court
    at            bigint  NOT NULL,
    until_at      bigint  NOT NULL,
    withdrawn_at  bigint  NOT NULL
);
CREATE INDEX parental_authorisation_account ON parental_authorisation (account_id, at);

-- "Non posso usare SPID o CIE": what people declare, and the operator's openings while a
-- door is down. Times are microseconds UTC; 0 means "not".

CREATE TABLE declaration (
    id           text    NOT NULL PRIMARY KEY,
    account_id   text    NOT NULL REFERENCES account (id),
    number       bigint  NOT NULL,             -- 1, 2, …: every renewal is a row
    reason       text    NOT NULL,
    words        text    NOT NULL,             -- sealed; '' when there are none, or no longer
    made_by      text    NOT NULL,             -- self or desk
    made_at      bigint  NOT NULL,
    until_at     bigint  NOT NULL,
    withdrawn_at bigint  NOT NULL,             -- ended by a review
    reminded     bigint  NOT NULL              -- how many reminders were sent
);
CREATE UNIQUE INDEX declaration_number ON declaration (account_id, number);
CREATE INDEX declaration_until ON declaration (until_at);

CREATE TABLE access_opening (
    id         text    NOT NULL PRIMARY KEY,
    from_at    bigint  NOT NULL,
    until_at   bigint  NOT NULL,
    reason     text    NOT NULL
);
CREATE INDEX access_opening_until ON access_opening (until_at);

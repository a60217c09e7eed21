-- Answers to "Hai trovato utile questa informazione?" under the pages of help: numbers of a
-- day, nothing about who answered. Times are microseconds UTC.

CREATE TABLE help_vote (
    topic       text    NOT NULL,
    language    text    NOT NULL,
    day         bigint  NOT NULL,             -- its midnight UTC
    yes         bigint  NOT NULL,
    no          bigint  NOT NULL,
    PRIMARY KEY (topic, language, day)
);
CREATE INDEX help_vote_day ON help_vote (day);

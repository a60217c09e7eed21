-- Answers to "Hai trovato utile questa informazione?" under the pages of help: numbers of a
-- day, nothing about who answered. Times are microseconds UTC.

CREATE TABLE help_vote (
    topic       TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    day         INTEGER NOT NULL,             -- its midnight UTC
    yes         INTEGER NOT NULL,
    no          INTEGER NOT NULL,
    PRIMARY KEY (topic, language, day)
) STRICT;
CREATE INDEX help_vote_day ON help_vote (day);

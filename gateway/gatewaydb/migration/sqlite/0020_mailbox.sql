-- A mailbox that is lost gives way to another. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE desk_ticket (                    -- what people wrote who lost their mailbox
    id          TEXT    NOT NULL PRIMARY KEY,
    number      TEXT    NOT NULL,
    sealed      BLOB    NOT NULL,             -- what they typed
    opened_at   INTEGER NOT NULL,
    taken_by    TEXT    NOT NULL,             -- account of the clerk
    done_at     INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    decided_by  TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    account_id  TEXT    NOT NULL              -- whose it turned out to be; '' before
) STRICT;
CREATE INDEX desk_ticket_opened ON desk_ticket (opened_at);

CREATE TABLE mailbox_change (                 -- a new address that waits
    account_id  TEXT    NOT NULL PRIMARY KEY REFERENCES account (id),
    id          TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    ripe_at     INTEGER NOT NULL,             -- from then on it may be finished
    ends_at     INTEGER NOT NULL,
    told_at     INTEGER NOT NULL              -- when the link that finishes it was sent
) STRICT;
CREATE UNIQUE INDEX mailbox_change_id ON mailbox_change (id);
CREATE INDEX mailbox_change_ripe ON mailbox_change (ripe_at);

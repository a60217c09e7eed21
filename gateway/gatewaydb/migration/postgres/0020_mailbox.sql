-- A mailbox that is lost gives way to another. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE desk_ticket (                    -- what people wrote who lost their mailbox
    id          text    NOT NULL PRIMARY KEY,
    number      text    NOT NULL,
    sealed      bytea   NOT NULL,             -- what they typed
    opened_at   bigint  NOT NULL,
    taken_by    text    NOT NULL,             -- account of the clerk
    done_at     bigint  NOT NULL,
    outcome     text    NOT NULL,
    decided_by  text    NOT NULL,
    reason      text    NOT NULL,
    account_id  text    NOT NULL              -- whose it turned out to be; '' before
);
CREATE INDEX desk_ticket_opened ON desk_ticket (opened_at);

CREATE TABLE mailbox_change (                 -- a new address that waits
    account_id  text    NOT NULL PRIMARY KEY REFERENCES account (id),
    id          text    NOT NULL,
    address     text    NOT NULL,
    ripe_at     bigint  NOT NULL,             -- from then on it may be finished
    ends_at     bigint  NOT NULL,
    told_at     bigint  NOT NULL              -- when the link that finishes it was sent
);
CREATE UNIQUE INDEX mailbox_change_id ON mailbox_change (id);
CREATE INDEX mailbox_change_ripe ON mailbox_change (ripe_at);

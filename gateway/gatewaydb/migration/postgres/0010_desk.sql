-- What the help desk asked for and who decided. Times are microseconds UTC; 0 means "not yet" or "never".

CREATE TABLE desk_request (
    id         text NOT NULL PRIMARY KEY,
    deed       text NOT NULL,
    account_id text NOT NULL,
    other      text NOT NULL,             -- identity, account or request, as the deed needs
    reason     text NOT NULL,
    ticket     text NOT NULL,
    asked_by   text NOT NULL,             -- account of the clerk
    asked_at   bigint NOT NULL,
    due_at     bigint NOT NULL,           -- done without a second person; 0: never
    state      text NOT NULL,             -- waiting, done, refused
    decided_by text NOT NULL,
    decided_at bigint NOT NULL,
    moved      text NOT NULL              -- what a merge moved, for its undo; JSON
);
CREATE INDEX desk_request_account ON desk_request (account_id, asked_at);
CREATE INDEX desk_request_other ON desk_request (other);
CREATE INDEX desk_request_waiting ON desk_request (asked_at) WHERE state = 'waiting';

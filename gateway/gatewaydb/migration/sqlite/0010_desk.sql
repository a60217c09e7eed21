-- What the help desk asked for and who decided. Times are microseconds UTC; 0 means "not yet" or "never".

CREATE TABLE desk_request (
    id         TEXT NOT NULL PRIMARY KEY,
    deed       TEXT NOT NULL,
    account_id TEXT NOT NULL,
    other      TEXT NOT NULL,             -- identity, account or request, as the deed needs
    reason     TEXT NOT NULL,
    ticket     TEXT NOT NULL,
    asked_by   TEXT NOT NULL,             -- account of the clerk
    asked_at   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,           -- done without a second person; 0: never
    state      TEXT NOT NULL,             -- waiting, done, refused
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    moved      TEXT NOT NULL              -- what a merge moved, for its undo; JSON
) STRICT;
CREATE INDEX desk_request_account ON desk_request (account_id, asked_at);
CREATE INDEX desk_request_other ON desk_request (other);
CREATE INDEX desk_request_waiting ON desk_request (asked_at) WHERE state = 'waiting';

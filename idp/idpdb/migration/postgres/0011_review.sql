-- What operators do with requests: who has which, what many share, who looks again. A16, A18

-- Who looks at a request now. It holds for one version: whatever happens to the request
-- ends it, and so does its time. A16
CREATE TABLE request_claim (
    request  TEXT PRIMARY KEY REFERENCES request (id),
    version  INTEGER NOT NULL,
    operator TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    until    BIGINT NOT NULL
);
CREATE INDEX request_claim_of ON request_claim (operator);

-- What mailboxes that one person makes for others have in common, as a MAC. A18
ALTER TABLE request ADD COLUMN mailbox_key TEXT NOT NULL DEFAULT '';
CREATE INDEX request_by_mailbox ON request (mailbox_key) WHERE mailbox_key <> '';

-- Decisions, for the reports.
CREATE INDEX request_event_decided ON request_event (at) WHERE act IN ('approve', 'reject', 'ask_again', 'suspect', 'clear');

-- Approved requests that another approver looks at again: a random sample. A13, A16
CREATE TABLE second_look (
    request   TEXT PRIMARY KEY REFERENCES request (id),
    approver  TEXT NOT NULL,           -- who decided, and does not look again
    picked_at BIGINT NOT NULL,
    looker    TEXT NOT NULL,           -- '' while nobody looked
    outcome   TEXT NOT NULL,           -- '', 'right', 'wrong'
    note      TEXT NOT NULL,           -- sealed
    looked_at BIGINT NOT NULL         -- 0: not yet
);

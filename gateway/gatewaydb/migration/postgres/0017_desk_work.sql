-- What waits for the help desk, and to which units people belong. Times are microseconds
-- UTC; 0 means "not yet".

ALTER TABLE account_task ADD COLUMN opened_at  bigint  NOT NULL DEFAULT 0;
ALTER TABLE account_task ADD COLUMN taken_by   text    NOT NULL DEFAULT '';  -- account of the clerk
ALTER TABLE account_task ADD COLUMN taken_at   bigint  NOT NULL DEFAULT 0;
ALTER TABLE account_task ADD COLUMN outcome    text    NOT NULL DEFAULT '';  -- what the desk decided
ALTER TABLE account_task ADD COLUMN decided_by text    NOT NULL DEFAULT '';
ALTER TABLE account_task ADD COLUMN reason     text    NOT NULL DEFAULT '';  -- in words, for auditors
UPDATE account_task SET opened_at = due_at - 2592000000000;                   -- thirty days before
CREATE INDEX account_task_open ON account_task (opened_at) WHERE done_at = 0;

CREATE TABLE account_unit (
    account_id  text    NOT NULL REFERENCES account (id),
    unit        text    NOT NULL,
    source      text    NOT NULL,             -- service: through which the person came; desk
    at          bigint  NOT NULL,
    PRIMARY KEY (account_id, unit)
);

CREATE TABLE desk_code (                      -- logins that the desk confirmed
    account_id  text    NOT NULL REFERENCES account (id),
    digest      bytea   NOT NULL,             -- MAC of the number of the login
    by_account  text    NOT NULL,
    expires_at  bigint  NOT NULL,
    used_at     bigint  NOT NULL,
    PRIMARY KEY (account_id, digest)
);
CREATE INDEX desk_code_expires ON desk_code (expires_at);

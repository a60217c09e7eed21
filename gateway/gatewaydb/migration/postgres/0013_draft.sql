-- Registrations under way whose address is confirmed, and what is left to do about an
-- account. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE draft (
    id          bytea   NOT NULL PRIMARY KEY, -- MAC: a stolen table opens no draft
    sealed      text    NOT NULL,
    version     bigint  NOT NULL,             -- grows with every change
    expires_at  bigint  NOT NULL
);
CREATE INDEX draft_expires ON draft (expires_at);

CREATE TABLE account_task (
    account_id  text    NOT NULL REFERENCES account (id),
    kind        text    NOT NULL,
    detail      text    NOT NULL,             -- names of fields or an id, never values
    due_at      bigint  NOT NULL,
    reminded    bigint  NOT NULL,             -- how many reminders were sent
    remind_at   bigint  NOT NULL,             -- when the next one is due; 0: none any more
    done_at     bigint  NOT NULL,
    PRIMARY KEY (account_id, kind)
);
CREATE INDEX account_task_remind ON account_task (remind_at) WHERE remind_at > 0;

-- Whoever proves a codice fiscale displaces those that only declared it.
CREATE INDEX attribute_declared_fiscal ON attribute (value) WHERE name = 'fiscal_code' AND source = 'declared';

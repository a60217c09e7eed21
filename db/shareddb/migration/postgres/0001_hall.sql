-- Tables that every product has. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE session (
    hash        bytea   NOT NULL PRIMARY KEY, -- SHA-256 of the secret in the cookie
    handle      text    NOT NULL,             -- public name, for lists
    subject     text    NOT NULL,             -- account id
    created_at  bigint  NOT NULL,
    seen_at     bigint  NOT NULL,
    expires_at  bigint  NOT NULL,
    method      text    NOT NULL,
    acr         text    NOT NULL,
    amr         text    NOT NULL,             -- JSON array
    auth_time   bigint  NOT NULL,
    user_agent  text    NOT NULL,
    address     text    NOT NULL,
    data        text    NOT NULL              -- JSON object
);
CREATE UNIQUE INDEX session_handle ON session (handle);
CREATE INDEX session_subject ON session (subject);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE audit (
    id          bigint  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          bigint  NOT NULL,
    role        text    NOT NULL,
    actor       text    NOT NULL,
    subject     text    NOT NULL,
    action      text    NOT NULL,
    outcome     text    NOT NULL,
    reason      text    NOT NULL,
    reference   text    NOT NULL,
    address     text    NOT NULL,
    detail      text    NOT NULL,             -- JSON object
    seq         bigint,                       -- place in the chain; NULL while unchained
    hash        bytea                         -- with seq
);
CREATE UNIQUE INDEX audit_seq ON audit (seq);
CREATE INDEX audit_unchained ON audit (id) WHERE seq IS NULL;
CREATE INDEX audit_subject ON audit (subject, id);

CREATE TABLE audit_checkpoint (
    seq         bigint  NOT NULL PRIMARY KEY,
    hash        bytea   NOT NULL,
    at          bigint  NOT NULL,
    signature   bytea   NOT NULL
);

CREATE TABLE rate (
    key         text    NOT NULL PRIMARY KEY, -- a MAC: no address in clear
    tat         bigint  NOT NULL              -- theoretical arrival time of the next event
);

CREATE TABLE job_lease (
    name        text    NOT NULL PRIMARY KEY,
    next_at     bigint  NOT NULL,
    holder      text    NOT NULL,             -- '' when nobody runs it
    lease_until bigint  NOT NULL
);

CREATE TABLE consumed (
    kind        text    NOT NULL,
    id          text    NOT NULL,
    expires_at  bigint  NOT NULL,             -- from then on the row may be purged
    PRIMARY KEY (kind, id)
);
CREATE INDEX consumed_expires ON consumed (expires_at);

CREATE TABLE outbox (
    id          bigint  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel     text    NOT NULL,
    recipient   text    NOT NULL,             -- '' once done
    subject     text    NOT NULL,             -- '' once done
    body        text    NOT NULL,             -- '' once done
    html        text    NOT NULL,             -- '' once done
    lang        text    NOT NULL,
    reference   text    NOT NULL,
    queued_at   bigint  NOT NULL,
    expires_at  bigint  NOT NULL,             -- 0: never too late
    next_at     bigint  NOT NULL,             -- when to try, or when the lease of a try ends
    attempts    bigint  NOT NULL,
    done_at     bigint  NOT NULL,             -- 0 while waiting
    sent        bigint  NOT NULL,             -- 1 when handed over, 0 when waiting or given up
    reason      text    NOT NULL              -- of the last failure
);
CREATE INDEX outbox_due ON outbox (channel, next_at, id) WHERE done_at = 0;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at > 0;

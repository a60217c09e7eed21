-- The password of an account, and those it had before. Times are microseconds UTC.

CREATE TABLE credential (
    account_id  text    NOT NULL PRIMARY KEY REFERENCES account (id),
    phc         text    NOT NULL,
    set_at      bigint  NOT NULL,             -- also names this password: a change has another
    set_by      text    NOT NULL DEFAULT 'registration' -- by what its owner was known: password, mail, a door
);

CREATE TABLE credential_former (              -- as many as the rules do not let come back
    account_id  text    NOT NULL REFERENCES account (id),
    set_at      bigint  NOT NULL,
    phc         text    NOT NULL,
    PRIMARY KEY (account_id, set_at)
);

-- Who forgot the Codice Persona is found by the address for messages.
CREATE INDEX account_email ON account (lower(email));

CREATE TABLE stay (                           -- browsers in which a password need not be typed again
    hash        bytea   NOT NULL PRIMARY KEY, -- SHA-256 of the secret in the cookie
    handle      text    NOT NULL,             -- public name, for lists
    account_id  text    NOT NULL REFERENCES account (id),
    password_at bigint  NOT NULL,             -- set_at of the password that it stands for
    typed_at    bigint  NOT NULL,
    expires_at  bigint  NOT NULL,
    user_agent  text    NOT NULL,
    address     text    NOT NULL
);
CREATE UNIQUE INDEX stay_handle ON stay (handle);
CREATE INDEX stay_account ON stay (account_id);
CREATE INDEX stay_expires ON stay (expires_at);

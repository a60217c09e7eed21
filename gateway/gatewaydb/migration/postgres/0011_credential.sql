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

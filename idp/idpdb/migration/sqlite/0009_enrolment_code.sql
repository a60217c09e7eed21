-- What the applicant's first pages keep beside the request. I4, I15, I2

-- The last code sent for a request and a purpose; only its MAC.
CREATE TABLE enrolment_code (
    request    TEXT NOT NULL REFERENCES request (id),
    purpose    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    tries      INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (request, purpose)
) STRICT;
CREATE INDEX enrolment_code_by_expiry ON enrolment_code (expires_at);

-- Answers to "Hai trovato utile questo contenuto?", in numbers by day.
CREATE TABLE page_vote (
    page     TEXT NOT NULL,
    language TEXT NOT NULL,
    day      INTEGER NOT NULL,
    yes      INTEGER NOT NULL,
    no       INTEGER NOT NULL,
    PRIMARY KEY (page, language, day)
) STRICT;

-- Requests of customers of the issuer's shop; the customer is a MAC.
CREATE TABLE shop_customer (
    holder   TEXT PRIMARY KEY,
    customer TEXT NOT NULL
) STRICT;
CREATE INDEX shop_customer_by_customer ON shop_customer (customer);

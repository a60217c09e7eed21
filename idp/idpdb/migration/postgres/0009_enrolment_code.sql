-- What the applicant's first pages keep beside the request. I4, I15, I2

-- The last code sent for a request and a purpose; only its MAC.
CREATE TABLE enrolment_code (
    request    TEXT NOT NULL REFERENCES request (id),
    purpose    TEXT NOT NULL,
    digest     BYTEA NOT NULL,
    tries      BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (request, purpose)
);
CREATE INDEX enrolment_code_by_expiry ON enrolment_code (expires_at);

-- Answers to "Hai trovato utile questo contenuto?", in numbers by day.
CREATE TABLE page_vote (
    page     TEXT NOT NULL,
    language TEXT NOT NULL,
    day      BIGINT NOT NULL,
    yes      BIGINT NOT NULL,
    no       BIGINT NOT NULL,
    PRIMARY KEY (page, language, day)
);

-- Requests of customers of the issuer's shop; the customer is a MAC.
CREATE TABLE shop_customer (
    holder   TEXT PRIMARY KEY,
    customer TEXT NOT NULL
);
CREATE INDEX shop_customer_by_customer ON shop_customer (customer);

-- Requests for an identity, and the applicants who can sign in before they have one.
-- What a person said is sealed; MACs find what has to be found. I1-I12, I14

-- An applicant holds a User ID from the confirmation of the mailbox on, and keeps it as the
-- holder of the identity; its password moves to the table of passwords then (phc is '').
CREATE TABLE applicant (
    id         TEXT PRIMARY KEY,
    user_key   TEXT NOT NULL UNIQUE,   -- MAC of the User ID
    phc        TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE request (
    id          TEXT PRIMARY KEY,
    holder      TEXT NOT NULL UNIQUE,
    number      TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL,
    method      TEXT NOT NULL,
    circuit     TEXT NOT NULL,
    point       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    opened_at   INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    waits_until INTEGER NOT NULL,      -- when it lapses; 0: not by itself
    collector   TEXT NOT NULL,
    person_key  TEXT NOT NULL,         -- MACs: of the codice fiscale, the telephone, the document
    phone_key   TEXT NOT NULL,
    document_key TEXT NOT NULL,
    link        TEXT NOT NULL UNIQUE,  -- MAC of the secret in the mailed link
    link_until  INTEGER NOT NULL,
    phc         TEXT NOT NULL,         -- of the password, until the mailbox is confirmed
    sealed      TEXT NOT NULL
) STRICT;
CREATE INDEX request_by_state ON request (state, changed_at);
CREATE INDEX request_by_lapse ON request (waits_until) WHERE waits_until > 0;
CREATE INDEX request_by_person ON request (person_key) WHERE person_key <> '';
CREATE INDEX request_by_phone ON request (phone_key) WHERE phone_key <> '';
CREATE INDEX request_by_document ON request (document_key) WHERE document_key <> '';

-- Steps that were taken; rows are never changed. Reason and evidence are sealed.
CREATE TABLE request_event (
    request    TEXT NOT NULL REFERENCES request (id),
    n          INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    act        TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    role       TEXT NOT NULL,
    author     TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    PRIMARY KEY (request, n)
) STRICT;

-- One identity of a natural person at a time: the MAC of who it was made for. Identities from
-- before have '', those made from requests never. DPCM 24/10/2014 art. 7
ALTER TABLE identity ADD COLUMN person_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX identity_one_per_person ON identity (person_key) WHERE person_key <> '' AND state <> 'revoked';

-- Digital identities and their credentials. Times are microseconds UTC, dates
-- are ISO text, 0 and '' mean none.

CREATE TABLE identity (
    id                    TEXT PRIMARY KEY,
    spid_code             TEXT NOT NULL UNIQUE,
    user_id               TEXT NOT NULL UNIQUE,
    state                 TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'revoked')),
    state_at              INTEGER NOT NULL,
    created_at            INTEGER NOT NULL,
    expires_at            INTEGER NOT NULL,
    given_name            TEXT NOT NULL,
    family_name           TEXT NOT NULL,
    gender                TEXT NOT NULL,
    birth_date            TEXT NOT NULL,
    birth_place           TEXT NOT NULL,
    birth_county          TEXT NOT NULL,
    fiscal_code           TEXT NOT NULL,
    email                 TEXT NOT NULL,
    mobile_phone          TEXT NOT NULL,
    mobile_confirmed      INTEGER NOT NULL CHECK (mobile_confirmed IN (0, 1)),
    document_kind         TEXT NOT NULL,
    document_number       TEXT NOT NULL,
    document_issuer       TEXT NOT NULL,
    document_issued_on    TEXT NOT NULL,
    document_expires_on   TEXT NOT NULL,
    domicile_street       TEXT NOT NULL,
    domicile_postal_code  TEXT NOT NULL,
    domicile_municipality TEXT NOT NULL,
    domicile_province     TEXT NOT NULL,
    domicile_nation       TEXT NOT NULL,
    digital_address       TEXT NOT NULL
) STRICT;

CREATE TABLE password (
    identity   TEXT PRIMARY KEY REFERENCES identity (id),
    phc        TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- secret is sealed with the key ring of the role.
CREATE TABLE totp (
    identity     TEXT PRIMARY KEY REFERENCES identity (id),
    secret       TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;

-- Who holds an identity is sealed; MACs find what has to be found. What an earlier program
-- wrote in clear waits in identity_clear for the start of this one. A32, ADR 0053

CREATE TABLE identity_clear (
    id                    TEXT PRIMARY KEY,
    spid_code             TEXT NOT NULL,
    user_id               TEXT NOT NULL,
    given_name            TEXT NOT NULL,
    family_name           TEXT NOT NULL,
    gender                TEXT NOT NULL,
    birth_date            TEXT NOT NULL,
    birth_place           TEXT NOT NULL,
    birth_county          TEXT NOT NULL,
    fiscal_code           TEXT NOT NULL,
    email                 TEXT NOT NULL,
    mobile_phone          TEXT NOT NULL,
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
) WITH (autovacuum_enabled = false); -- statistics keep values: none are made of these
INSERT INTO identity_clear SELECT id, spid_code, user_id, given_name, family_name, gender, birth_date, birth_place, birth_county, fiscal_code, email, mobile_phone,
    document_kind, document_number, document_issuer, document_issued_on, document_expires_on,
    domicile_street, domicile_postal_code, domicile_municipality, domicile_province, domicile_nation, digital_address FROM identity;

ALTER TABLE identity RENAME COLUMN spid_code TO spid_key; -- MACs: of the spidCode, the User ID
ALTER TABLE identity RENAME COLUMN user_id TO user_key;
UPDATE identity SET spid_key = id, user_key = id;
ALTER TABLE identity DROP COLUMN given_name;
ALTER TABLE identity DROP COLUMN family_name;
ALTER TABLE identity DROP COLUMN gender;
ALTER TABLE identity DROP COLUMN birth_date;
ALTER TABLE identity DROP COLUMN birth_place;
ALTER TABLE identity DROP COLUMN birth_county;
ALTER TABLE identity DROP COLUMN fiscal_code;
ALTER TABLE identity DROP COLUMN email;
ALTER TABLE identity DROP COLUMN mobile_phone;
ALTER TABLE identity DROP COLUMN document_kind;
ALTER TABLE identity DROP COLUMN document_number;
ALTER TABLE identity DROP COLUMN document_issuer;
ALTER TABLE identity DROP COLUMN document_issued_on;
ALTER TABLE identity DROP COLUMN document_expires_on;
ALTER TABLE identity DROP COLUMN domicile_street;
ALTER TABLE identity DROP COLUMN domicile_postal_code;
ALTER TABLE identity DROP COLUMN domicile_municipality;
ALTER TABLE identity DROP COLUMN domicile_province;
ALTER TABLE identity DROP COLUMN domicile_nation;
ALTER TABLE identity DROP COLUMN digital_address;

-- MACs of the codice fiscale (person_key is the same one, where it has to be nobody else's),
-- the telephone, the document.
ALTER TABLE identity ADD COLUMN fiscal_key TEXT NOT NULL DEFAULT '';
ALTER TABLE identity ADD COLUMN phone_key TEXT NOT NULL DEFAULT '';
ALTER TABLE identity ADD COLUMN document_key TEXT NOT NULL DEFAULT '';
ALTER TABLE identity ADD COLUMN sealed BYTEA NOT NULL DEFAULT '';
CREATE INDEX identity_by_fiscal_code ON identity (fiscal_key) WHERE fiscal_key <> '';
CREATE INDEX identity_by_phone ON identity (phone_key) WHERE phone_key <> '';
CREATE INDEX identity_by_document ON identity (document_key) WHERE document_key <> '';

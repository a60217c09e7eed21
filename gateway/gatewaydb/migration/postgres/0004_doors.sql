-- Who comes by eIDAS for the first time may have an account already: it is looked for
-- by the day of birth, then by the names.
CREATE INDEX attribute_birth_date ON attribute (value) WHERE name = 'birth_date';

-- Who enters by SPID or CIE finds the account that a register brought with this codice fiscale.
CREATE INDEX attribute_register_fiscal ON attribute (value) WHERE name = 'fiscal_code' AND source = 'register';

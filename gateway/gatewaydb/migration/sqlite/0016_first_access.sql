-- The login in which a password first opened its account; '' until then. Until the next one
-- the account asks for no second factor.
ALTER TABLE credential ADD COLUMN first_login TEXT NOT NULL DEFAULT '';

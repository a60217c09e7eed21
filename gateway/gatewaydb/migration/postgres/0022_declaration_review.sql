-- When the help desk found a declaration right; 0 means "not yet". Microseconds UTC.

ALTER TABLE declaration ADD COLUMN reviewed_at bigint  NOT NULL DEFAULT 0;

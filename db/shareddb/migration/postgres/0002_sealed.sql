-- Messages that wait, for roles that seal them: recipient, subject, body and html are '' then.
-- A32, ADR 0053
ALTER TABLE outbox ADD COLUMN sealed bytea NOT NULL DEFAULT ''; -- empty once done

-- Messages that wait, for roles that seal them: recipient, subject, body and html are '' then.
-- A32, ADR 0053
ALTER TABLE outbox ADD COLUMN sealed BLOB NOT NULL DEFAULT x''; -- empty once done

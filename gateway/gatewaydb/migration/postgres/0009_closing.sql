-- An account that its holder closed: since when, 0 for all others.

ALTER TABLE account ADD COLUMN closed_at bigint NOT NULL DEFAULT 0;
CREATE INDEX account_closed ON account (closed_at) WHERE closed_at > 0;

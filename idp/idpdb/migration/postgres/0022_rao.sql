-- Tokens of public offices whose code was typed: how often, and whether it identified
-- somebody. One is known by a digest of body and number; no row says whose it is or for which
-- request, so that it outlives both, and it goes when the token has ended. A26, L11
CREATE TABLE rao_token (
    token      TEXT PRIMARY KEY,
    tries      INTEGER NOT NULL,
    used_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX rao_token_by_expiry ON rao_token (expires_at);

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

-- How many tokens were sealed here, by whom, at which desk, on which day; odd are those of a
-- desk that was closed or of a screen elsewhere. No row says about whom. A16
CREATE TABLE rao_sealed (
    day      BIGINT NOT NULL,
    operator TEXT NOT NULL,
    point    TEXT NOT NULL,
    tokens   INTEGER NOT NULL,
    odd      INTEGER NOT NULL,
    PRIMARY KEY (day, operator, point)
);

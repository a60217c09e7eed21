-- The OpenID Provider: one row per redeemed code. Times are microseconds UTC of
-- the wall clock (token time); 0 means "not yet".

CREATE TABLE oidc_grant (
    id          TEXT    NOT NULL PRIMARY KEY, -- drawn with the code; decides who redeems it
    client      TEXT    NOT NULL,
    account_id  TEXT    NOT NULL,
    session     TEXT    NOT NULL,             -- public handle of the session, '' when there is none
    scopes      TEXT    NOT NULL,
    level       INTEGER NOT NULL,
    redeemed_at INTEGER NOT NULL,
    revoked_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL              -- when the last token is over
) STRICT;
CREATE INDEX oidc_grant_session ON oidc_grant (session);
CREATE INDEX oidc_grant_expires ON oidc_grant (expires_at);

-- The OpenID Provider: one row per redeemed code. Times are microseconds UTC of
-- the wall clock (token time); 0 means "not yet".

CREATE TABLE oidc_grant (
    id          text    NOT NULL PRIMARY KEY, -- drawn with the code; decides who redeems it
    client      text    NOT NULL,
    account_id  text    NOT NULL,
    session     text    NOT NULL,             -- public handle of the session, '' when there is none
    scopes      text    NOT NULL,
    level       bigint  NOT NULL,
    redeemed_at bigint  NOT NULL,
    revoked_at  bigint  NOT NULL,
    expires_at  bigint  NOT NULL              -- when the last token is over
);
CREATE INDEX oidc_grant_session ON oidc_grant (session);
CREATE INDEX oidc_grant_expires ON oidc_grant (expires_at);

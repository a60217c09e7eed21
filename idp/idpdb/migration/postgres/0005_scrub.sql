-- Tables from which something was deleted that must become unreadable in the files too.
-- A row is written with the deletion, and removed after the scrub: a crash between the
-- two leaves it. See docs/decisions/0018-ledger.md.

CREATE TABLE scrub_due (
    name  text NOT NULL PRIMARY KEY, -- of the table
    token text NOT NULL              -- changes with every request
);

-- Whoever crashed while rows of 0.1.0 were moved, before this table existed.
INSERT INTO scrub_due (name, token) SELECT 'ledger', '' WHERE EXISTS (SELECT 1 FROM access WHERE assertion_id = '');

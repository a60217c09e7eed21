-- Tables from which something was deleted that must become unreadable in the files too.
-- A row is written with the deletion, and removed after the scrub: a crash between the
-- two leaves it. See docs/decisions/0018-ledger.md.

CREATE TABLE scrub_due (
    name  TEXT NOT NULL PRIMARY KEY, -- of the table
    token TEXT NOT NULL              -- changes with every request
) STRICT;

-- Whoever crashed while rows of 0.1.0 were moved, before this table existed.
INSERT INTO scrub_due (name, token) SELECT 'exchange', '' WHERE EXISTS (SELECT 1 FROM ledger WHERE correlation = '');

-- Who identified the applicant of a request, also where that does not count any more because
-- the identification was asked for again: none of them decides on it. A16
CREATE TABLE request_collector (
    request  TEXT NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    operator TEXT NOT NULL,
    PRIMARY KEY (request, operator)
) STRICT;
INSERT INTO request_collector (request, operator) SELECT id, collector FROM request WHERE collector <> '';

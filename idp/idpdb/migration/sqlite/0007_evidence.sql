-- Evidence of requests for an identity: nothing here says who a person is without the
-- keys. Times are microseconds UTC, 0 means none. See docs/decisions/0035-evidence.md.

CREATE TABLE evidence (                        -- an item, or a segment of a recording
    id           TEXT    NOT NULL PRIMARY KEY,
    request      TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    media_type   TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    author       TEXT    NOT NULL,             -- an account, or a part of the program
    at           INTEGER NOT NULL,
    delete_at    INTEGER NOT NULL,             -- of this item alone
    digest       BLOB    NOT NULL,             -- commits to the content, with a sealed key
    recording    TEXT    NOT NULL,             -- '' but for a segment
    segment      INTEGER NOT NULL,             -- from 1 on; 0 but for a segment
    chain        BLOB    NOT NULL,             -- of a recording, up to this segment
    archive_id   TEXT    NOT NULL,             -- public keys of the archive
    archive      BLOB    NOT NULL,             -- the data key, for the archive
    sealed       BLOB    NOT NULL              -- the content; a segment is a file
) STRICT;
CREATE INDEX evidence_by_request ON evidence (request, at, id);
CREATE INDEX evidence_by_deletion ON evidence (delete_at) WHERE delete_at > 0;
CREATE UNIQUE INDEX evidence_by_segment ON evidence (recording, segment) WHERE recording <> '';

CREATE TABLE evidence_recording (
    id           TEXT    NOT NULL PRIMARY KEY,
    request      TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    media_type   TEXT    NOT NULL,
    author       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    archive_id   TEXT    NOT NULL,
    archive      BLOB    NOT NULL
) STRICT;
CREATE INDEX evidence_recording_by_request ON evidence_recording (request);

-- Data keys wrapped for the role, apart from the rest: when they are deleted, this small
-- table is scrubbed.
CREATE TABLE evidence_working (
    id           TEXT    NOT NULL PRIMARY KEY, -- of the item or the recording
    request      TEXT    NOT NULL,
    wrapped      TEXT    NOT NULL
) STRICT;
CREATE INDEX evidence_working_by_request ON evidence_working (request);

CREATE TABLE evidence_request (                -- what holds for all items of a request
    request      TEXT    NOT NULL PRIMARY KEY,
    archived_at  INTEGER NOT NULL,
    delete_at    INTEGER NOT NULL,
    held_for     TEXT    NOT NULL              -- number of a case; '' for none
) STRICT;
CREATE INDEX evidence_request_by_deletion ON evidence_request (delete_at) WHERE delete_at > 0;

CREATE TABLE evidence_leftover (               -- files whose keys are destroyed
    recording    TEXT    NOT NULL,
    segment      INTEGER NOT NULL,
    PRIMARY KEY (recording, segment)
) STRICT;

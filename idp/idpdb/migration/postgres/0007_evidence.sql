-- Evidence of requests for an identity: nothing here says who a person is without the
-- keys. Times are microseconds UTC, 0 means none. See docs/decisions/0035-evidence.md.

CREATE TABLE evidence (                        -- an item, or a segment of a recording
    id           text    NOT NULL PRIMARY KEY,
    request      text    NOT NULL,
    kind         text    NOT NULL,
    media_type   text    NOT NULL,
    size         bigint  NOT NULL,
    author       text    NOT NULL,             -- an account, or a part of the program
    at           bigint  NOT NULL,
    delete_at    bigint  NOT NULL,             -- of this item alone
    digest       bytea   NOT NULL,             -- commits to the content, with a sealed key
    recording    text    NOT NULL,             -- '' but for a segment
    segment      bigint  NOT NULL,             -- from 1 on; 0 but for a segment
    chain        bytea   NOT NULL,             -- of a recording, up to this segment
    archive_id   text    NOT NULL,             -- public keys of the archive
    archive      bytea   NOT NULL,             -- the data key, for the archive
    sealed       bytea   NOT NULL              -- the content; a segment is a file
);
CREATE INDEX evidence_by_request ON evidence (request, at, id);
CREATE INDEX evidence_by_deletion ON evidence (delete_at) WHERE delete_at > 0;
CREATE UNIQUE INDEX evidence_by_segment ON evidence (recording, segment) WHERE recording <> '';

CREATE TABLE evidence_recording (
    id           text    NOT NULL PRIMARY KEY,
    request      text    NOT NULL,
    kind         text    NOT NULL,
    media_type   text    NOT NULL,
    author       text    NOT NULL,
    at           bigint  NOT NULL,
    archive_id   text    NOT NULL,
    archive      bytea   NOT NULL
);
CREATE INDEX evidence_recording_by_request ON evidence_recording (request);

-- Data keys wrapped for the role, apart from the rest: when they are deleted, this small
-- table is scrubbed.
CREATE TABLE evidence_working (
    id           text    NOT NULL PRIMARY KEY, -- of the item or the recording
    request      text    NOT NULL,
    wrapped      text    NOT NULL
);
CREATE INDEX evidence_working_by_request ON evidence_working (request);

CREATE TABLE evidence_request (                -- what holds for all items of a request
    request      text    NOT NULL PRIMARY KEY,
    archived_at  bigint  NOT NULL,
    delete_at    bigint  NOT NULL,
    held_for     text    NOT NULL              -- number of a case; '' for none
);
CREATE INDEX evidence_request_by_deletion ON evidence_request (delete_at) WHERE delete_at > 0;

CREATE TABLE evidence_leftover (               -- files whose keys are destroyed
    recording    text    NOT NULL,
    segment      bigint  NOT NULL,
    PRIMARY KEY (recording, segment)
);

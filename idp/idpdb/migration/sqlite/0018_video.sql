-- Recorded video sessions: who waits, who is in one, what was done in it. REG 8; I9

-- Who waits for an operator. An entry of which nothing was seen for a while counts no more.
CREATE TABLE video_queue (
    request   TEXT PRIMARY KEY REFERENCES request (id),
    booked_at INTEGER NOT NULL,        -- of an appointment, which goes first; 0: none
    joined_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL
) STRICT;

-- A session. It ends with a step of its request, in the same commit.
CREATE TABLE video_session (
    id        TEXT PRIMARY KEY,
    request   TEXT NOT NULL REFERENCES request (id),
    operator  TEXT NOT NULL,
    state     TEXT NOT NULL,           -- 'live', 'done', 'aborted'
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,        -- when somebody was last in it
    closed_at INTEGER NOT NULL,        -- 0: not yet
    link      TEXT NOT NULL,           -- MAC of the secret in the mail; '' before
    link_at   INTEGER NOT NULL,
    code_at   INTEGER NOT NULL,
    drawn     TEXT NOT NULL,           -- JSON of the random actions
    cameras   TEXT NOT NULL,           -- JSON of programs that stand in for the applicant's camera: a risk to look at, no verdict
    evidence  TEXT NOT NULL            -- JSON of manifest and recordings
) STRICT;
CREATE UNIQUE INDEX video_session_live ON video_session (request) WHERE state = 'live';
CREATE UNIQUE INDEX video_session_link ON video_session (link) WHERE link <> '';
CREATE INDEX video_session_of ON video_session (request);
CREATE INDEX video_session_by ON video_session (operator) WHERE state = 'live';

-- The steps of the script that were done.
CREATE TABLE video_step (
    session TEXT NOT NULL REFERENCES video_session (id) ON DELETE CASCADE,
    n       INTEGER NOT NULL,          -- its place in the script
    at      INTEGER NOT NULL,
    note    TEXT NOT NULL,             -- sealed
    PRIMARY KEY (session, n)
) STRICT;

-- What was written meanwhile.
CREATE TABLE video_line (
    session TEXT NOT NULL REFERENCES video_session (id) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    side    TEXT NOT NULL,
    text    TEXT NOT NULL,             -- sealed
    PRIMARY KEY (session, n)
) STRICT;

-- The identification with an electronic document: codes of relays, documents that were
-- read, tasks before the camera. E09, A08, A14

-- The last code of a request; only its MAC. What became of readings stays.
CREATE TABLE chip_pairing (
    request    TEXT PRIMARY KEY REFERENCES request (id) ON DELETE CASCADE,
    digest     TEXT NOT NULL,
    version    BIGINT NOT NULL,
    opener     TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    reading_at BIGINT NOT NULL, -- since when a document is read, 0 for not
    failures   BIGINT NOT NULL,
    reason     TEXT NOT NULL
);
CREATE INDEX chip_pairing_by_digest ON chip_pairing (digest);

-- For which requests a document was read, in their order: place 1 is the first owner. Of the
-- document there is only the MAC of its zone and portrait, which its country signed; suspected
-- is the version of the request at which specialists were asked, 0 for never.
CREATE TABLE chip_document (
    document  TEXT NOT NULL,
    place     BIGINT NOT NULL,
    request   TEXT NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    suspected BIGINT NOT NULL,
    read_at   BIGINT NOT NULL,
    PRIMARY KEY (document, place),
    UNIQUE (document, request)
);
CREATE INDEX chip_document_by_request ON chip_document (request);

-- What was asked for before the camera.
CREATE TABLE face_task (
    request    TEXT PRIMARY KEY REFERENCES request (id) ON DELETE CASCADE,
    actions    TEXT NOT NULL,
    spoken     TEXT NOT NULL,
    drawn      INTEGER NOT NULL, -- how often since the document was read
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);

-- Films that were taken live, each that began. What was asked for when, and what the devices
-- are called, is sealed. A13
CREATE TABLE face_film (
    session    TEXT PRIMARY KEY,
    request    TEXT NOT NULL REFERENCES request (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,          -- 'live', 'done', 'cut', 'void', 'sent'
    camera     TEXT NOT NULL,          -- sealed
    film       TEXT NOT NULL,          -- sealed; '' while it goes on
    began_at   BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL        -- 0: not yet
);
CREATE UNIQUE INDEX face_film_live ON face_film (request) WHERE state = 'live';
CREATE INDEX face_film_of ON face_film (request, began_at);

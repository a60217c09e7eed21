-- The registry of providers: the last good document of each source, for nodes that
-- start while the source is down, and what the operator said at run time. Documents
-- are signed and verified again when they are loaded. Times are microseconds UTC.

CREATE TABLE provider_copy (
    world      TEXT NOT NULL, -- spid, cie, eidas
    source     TEXT NOT NULL, -- the address
    document   BLOB NOT NULL,
    digest     TEXT NOT NULL, -- SHA-256 of the document, in hex
    etag       TEXT NOT NULL,
    modified   TEXT NOT NULL, -- Last-Modified, as the server wrote it
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (world, source)
) STRICT;

CREATE TABLE provider_note (
    world     TEXT NOT NULL,
    kind      TEXT NOT NULL, -- outage, validator
    entity_id TEXT NOT NULL, -- '' for what concerns a whole world
    active    INTEGER NOT NULL, -- 1 on, 0 off
    said      TEXT NOT NULL, -- what the operator wrote, '' when nothing
    at        INTEGER NOT NULL,
    PRIMARY KEY (world, kind, entity_id)
) STRICT;

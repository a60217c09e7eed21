-- The registry of providers: the last good document of each source, for nodes that
-- start while the source is down, and what the operator said at run time. Documents
-- are signed and verified again when they are loaded. Times are microseconds UTC.

CREATE TABLE provider_copy (
    world      text NOT NULL, -- spid, cie, eidas
    source     text NOT NULL, -- the address
    document   bytea NOT NULL,
    digest     text NOT NULL, -- SHA-256 of the document, in hex
    etag       text NOT NULL,
    modified   text NOT NULL, -- Last-Modified, as the server wrote it
    fetched_at bigint NOT NULL,
    PRIMARY KEY (world, source)
);

CREATE TABLE provider_note (
    world     text NOT NULL,
    kind      text NOT NULL, -- outage, validator
    entity_id text NOT NULL, -- '' for what concerns a whole world
    active    bigint NOT NULL, -- 1 on, 0 off
    said      text NOT NULL, -- what the operator wrote, '' when nothing
    at        bigint NOT NULL,
    PRIMARY KEY (world, kind, entity_id)
);

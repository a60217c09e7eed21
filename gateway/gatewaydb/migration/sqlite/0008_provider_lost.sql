-- Since when a newer document of a source holds a description that cannot be read, for
-- which the copy goes on counting for a while: no restart of a node begins it anew.

CREATE TABLE provider_lost (
    world     TEXT NOT NULL,
    source    TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (world, source, entity_id)
) STRICT;

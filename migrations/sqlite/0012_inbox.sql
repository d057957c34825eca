-- How far the desk is in its account's archive: all direct messages up to this one are written.
CREATE TABLE inbox (
    only    INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    reached TEXT    NOT NULL
) STRICT;

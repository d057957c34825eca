-- Who was there when, as far as the desk knew: a row whenever it changed. `frontdesk simulate --replay` plays days again by it.
CREATE TABLE attendance (
    id      INTEGER PRIMARY KEY,
    jid     TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    -- What their clients show: available, away, offline.
    shows   TEXT    NOT NULL,
    -- They said !away.
    away    INTEGER NOT NULL,
    -- They said !busy: no more than so many places.
    busy    INTEGER,
    -- They get no offers because they missed too many.
    benched INTEGER NOT NULL
) STRICT;

CREATE INDEX attendance_at ON attendance (at);
CREATE INDEX attendance_of ON attendance (jid, id);

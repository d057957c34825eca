-- Chats, their lines, and what came to nothing.
-- Times are milliseconds since 1970 in UTC. The words in `stage`, `outcome`, `kind` and `speaker` are those of
-- src/store/words.rs.

-- 'fdsk': tells a desk's database from anybody else's.
PRAGMA application_id = 0x6664736b;

CREATE TABLE chat (
    -- AUTOINCREMENT: a number is never used twice, even after its chat was erased.
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    room        TEXT    NOT NULL,
    guest       TEXT    NOT NULL,
    queue       TEXT    NOT NULL,
    stage       TEXT    NOT NULL,
    operator    TEXT,
    opened_at   INTEGER NOT NULL,
    stage_at    INTEGER NOT NULL,
    closed_at   INTEGER,
    outcome     TEXT,
    password    TEXT,
    language    TEXT    NOT NULL,
    tag         TEXT    NOT NULL,
    anchor      TEXT,
    -- What was promised or done once.
    greeted     INTEGER NOT NULL,
    entered     INTEGER NOT NULL,
    came        INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    vouched     INTEGER NOT NULL,
    closed_door INTEGER NOT NULL,
    sent        INTEGER NOT NULL
) STRICT;

CREATE INDEX chat_open ON chat (id) WHERE stage <> 'closed';

CREATE TABLE line (
    chat       INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    place      INTEGER,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    speaker    TEXT    NOT NULL,
    nick       TEXT,
    jid        TEXT,
    stanza_id  TEXT,
    message_id TEXT,
    body       TEXT    NOT NULL,
    joined_as  TEXT,
    corrects   TEXT,
    retracts   TEXT,
    PRIMARY KEY (chat, seq)
) STRICT;

-- An id that the room vouches for names one message: what carries it again is the same message again.
CREATE UNIQUE INDEX line_stanza ON line (chat, stanza_id) WHERE stanza_id IS NOT NULL;

CREATE TABLE counter (
    day  TEXT    NOT NULL,
    name TEXT    NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (day, name)
) STRICT, WITHOUT ROWID;

-- Routing: where a chat stands in its queue, why it went where it went, what is known of operators, and messages that
-- guests left. Lists are JSON.

ALTER TABLE chat ADD COLUMN replied       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN after_hours   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN escalated     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN message_asked INTEGER NOT NULL DEFAULT 0;
-- Its standing.
ALTER TABLE chat ADD COLUMN priority         INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN waits_since      INTEGER;
ALTER TABLE chat ADD COLUMN offered_to       TEXT    NOT NULL DEFAULT '[]';
ALTER TABLE chat ADD COLUMN skills           TEXT    NOT NULL DEFAULT '[]';
ALTER TABLE chat ADD COLUMN spoken_language  TEXT;
ALTER TABLE chat ADD COLUMN left_queues      TEXT    NOT NULL DEFAULT '[]';
-- To whom it is being handed over stands in offered_to.
ALTER TABLE chat ADD COLUMN transfer_queue   TEXT;
ALTER TABLE chat ADD COLUMN transfer_note    TEXT;
ALTER TABLE chat ADD COLUMN transfer_by      TEXT;
ALTER TABLE chat ADD COLUMN invited          TEXT    NOT NULL DEFAULT '[]';

-- Chats that are open while this is done: nobody loses theirs for a silence that was allowed before.
UPDATE chat SET replied = 1 WHERE answered = 1;
UPDATE chat SET waits_since = opened_at WHERE stage IN ('waiting', 'offered');

-- What is asked at each start: the latest chats in which an operator spoke, and who had accepted them.
CREATE INDEX chat_answered ON chat (id) WHERE answered = 1;
CREATE INDEX line_accepted ON line (chat, seq) WHERE kind = 'accepted';

-- Why a chat went where it went, in the order of choosing.
CREATE TABLE choice (
    chat   INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    n      INTEGER NOT NULL,
    reason TEXT    NOT NULL,
    PRIMARY KEY (chat, n)
) STRICT, WITHOUT ROWID;

-- What a restart must not forget of an operator.
CREATE TABLE operator (
    jid           TEXT    NOT NULL PRIMARY KEY,
    away          INTEGER NOT NULL,
    -- Only with `away`; NULL = until they are back.
    away_until    INTEGER,
    busy          INTEGER,
    missed_offers INTEGER NOT NULL,
    benched_at    INTEGER,
    idle_since    INTEGER
) STRICT, WITHOUT ROWID;

-- A message that a guest left.
CREATE TABLE message (
    chat  INTEGER PRIMARY KEY REFERENCES chat (id) ON DELETE CASCADE,
    queue TEXT    NOT NULL,
    guest TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    body  TEXT    NOT NULL
) STRICT;

CREATE INDEX message_at ON message (at);

-- Who has got it, in the order of telling.
CREATE TABLE message_told (
    chat INTEGER NOT NULL REFERENCES message (chat) ON DELETE CASCADE,
    jid  TEXT    NOT NULL,
    UNIQUE (chat, jid)
) STRICT;

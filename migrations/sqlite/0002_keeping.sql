-- Proof, search, erasure: a hash chain over each chat's lines, an index of what was said, and what erasing leaves.
-- src/store/chain.rs says what is hashed; it seals the lines that are there already within the same transaction.

-- The lines again, each with a number of its own: the index refers to it, and VACUUM renumbers rows that have none.
CREATE TABLE line_numbered (
    id         INTEGER PRIMARY KEY,
    chat       INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    place      INTEGER,
    at         INTEGER NOT NULL,
    -- Of a line that was owed and then heard: when it was owed. `at` says when it was heard.
    owed_at    INTEGER,
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
    UNIQUE (chat, seq)
) STRICT;

INSERT INTO line_numbered (chat, seq, place, at, kind, speaker, nick, jid, stanza_id, message_id, body, joined_as,
                           corrects, retracts)
SELECT chat, seq, place, at, kind, speaker, nick, jid, stanza_id, message_id, body, joined_as, corrects, retracts
FROM line ORDER BY rowid;

DROP TABLE line;
ALTER TABLE line_numbered RENAME TO line;

-- An id that the room vouches for names one message: what carries it again is the same message again.
CREATE UNIQUE INDEX line_stanza ON line (chat, stanza_id) WHERE stanza_id IS NOT NULL;

-- The chain: one link for each line when it is recorded, and one more when an owed line is heard.
CREATE TABLE link (
    chat INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    n    INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    deed TEXT    NOT NULL CHECK (deed IN ('line', 'heard')),
    -- 16 random bytes; gone when the chat is erased, so that the seal tells nothing any more.
    salt BLOB,
    -- HMAC-SHA-256 (salt, what was recorded)
    seal BLOB    NOT NULL,
    -- SHA-256 (the link before, 32 zeros for the first ‖ seal)
    hash BLOB    NOT NULL,
    PRIMARY KEY (chat, n)
) STRICT, WITHOUT ROWID;

-- The chain's head: how many links there are, and the last one's hash.
ALTER TABLE chat ADD COLUMN links INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN head  BLOB;
-- When its words were erased.
ALTER TABLE chat ADD COLUMN erased_at INTEGER;

-- What was said, for searching. The words stay in `line`; triggers keep the index in step. What is taken out of the index
-- is only marked as gone until src/store/erase.rs merges its segments ('secure-delete' would hold up a turn for seconds).
CREATE VIEW said AS SELECT id, body FROM line WHERE kind = 'said';
CREATE VIRTUAL TABLE words USING fts5 (
    body, content = 'said', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO words (words) VALUES ('rebuild');

CREATE TRIGGER line_added AFTER INSERT ON line WHEN new.kind = 'said' BEGIN
    INSERT INTO words (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER line_changed AFTER UPDATE OF kind, body ON line BEGIN
    INSERT INTO words (words, rowid, body) SELECT 'delete', old.id, old.body WHERE old.kind = 'said';
    INSERT INTO words (rowid, body) SELECT new.id, new.body WHERE new.kind = 'said';
END;
CREATE TRIGGER line_removed AFTER DELETE ON line WHEN old.kind = 'said' BEGIN
    INSERT INTO words (words, rowid, body) VALUES ('delete', old.id, old.body);
END;

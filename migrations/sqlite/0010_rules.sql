-- Rules: what the one that applied wants for the chat; and the ids of signed tokens, until they are over.

-- Whether the rules were asked. Chats that are open while this is done go on where they are.
ALTER TABLE chat ADD COLUMN ruled         INTEGER NOT NULL DEFAULT 1;
ALTER TABLE chat ADD COLUMN rule_priority INTEGER;
ALTER TABLE chat ADD COLUMN rule_skills   TEXT    NOT NULL DEFAULT '[]';
ALTER TABLE chat ADD COLUMN rule_operator TEXT;
ALTER TABLE chat ADD COLUMN tags          TEXT    NOT NULL DEFAULT '[]';

CREATE TABLE token (
    id         TEXT    NOT NULL PRIMARY KEY,
    chat       INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX token_expires ON token (expires_at);

-- What the guest thought of a chat: the latest word.
CREATE TABLE rating (
    chat  INTEGER PRIMARY KEY REFERENCES chat (id) ON DELETE CASCADE,
    at    INTEGER NOT NULL,
    thumb TEXT    NOT NULL CHECK (thumb IN ('up', 'down')),
    words TEXT    NOT NULL
) STRICT;

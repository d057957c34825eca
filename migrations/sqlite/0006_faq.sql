-- What the FAQ was asked, and what it may learn. Nobody's name stands here: `chat` tells in which room it was asked, so that
-- it is forgotten with the chat. Where it is NULL it was asked by direct message and goes when it is too old.

CREATE TABLE faq_query (
    id       INTEGER PRIMARY KEY,
    chat     INTEGER REFERENCES chat (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    words    TEXT    NOT NULL,
    language TEXT    NOT NULL,
    -- answer, suggestions, none, picked: src/store/words.rs.
    verdict  TEXT    NOT NULL,
    -- The id of the entry that answered, or was suggested first, or was picked.
    entry    TEXT
) STRICT;

CREATE INDEX faq_query_chat ON faq_query (chat);
CREATE INDEX faq_query_at ON faq_query (at);

CREATE TABLE faq_proposal (
    -- AUTOINCREMENT: who accepts number 7 means the one that was shown to them.
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    chat     INTEGER REFERENCES chat (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    question TEXT    NOT NULL,
    language TEXT    NOT NULL,
    -- Either a new entry: the answer, and which operator proposes it …
    answer   TEXT,
    operator TEXT,
    -- … or a new alias of this entry.
    entry    TEXT,
    state    TEXT    NOT NULL CHECK (state IN ('open', 'accepted', 'rejected')),
    CHECK ((answer IS NULL) = (operator IS NULL) AND (answer IS NULL) <> (entry IS NULL))
) STRICT;

CREATE INDEX faq_proposal_chat ON faq_proposal (chat);

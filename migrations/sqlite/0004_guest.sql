-- What was known about a chat's guest when it was decided where the chat goes, as JSON: what the guest said, what a token
-- proved, what CRMs knew.
CREATE TABLE guest (
    chat  INTEGER PRIMARY KEY REFERENCES chat (id) ON DELETE CASCADE,
    known TEXT    NOT NULL
) STRICT;

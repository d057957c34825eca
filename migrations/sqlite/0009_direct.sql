-- Guests who write to the desk directly: who opened the room, how far their direct chat has come ('calling', 'carrying',
-- 'resting'), and up to which place of the record they have all that was said.

ALTER TABLE chat ADD COLUMN ours    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN direct  TEXT;
ALTER TABLE chat ADD COLUMN carried INTEGER;

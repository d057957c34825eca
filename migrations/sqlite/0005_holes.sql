-- Where lines of an open chat may be missing, as a JSON array of [place, since, until]: src/desk/chat/holes.rs.
ALTER TABLE chat ADD COLUMN holes TEXT NOT NULL DEFAULT '[]';

//! REMEMBERS: verbs and records in our words.

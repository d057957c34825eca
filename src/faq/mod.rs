//! ANSWERS: entries, index, search.

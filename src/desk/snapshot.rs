//! What others may see of the desk: a copy, built on demand.

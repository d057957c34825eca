//! Parse, load, start, run.

fn main() {}

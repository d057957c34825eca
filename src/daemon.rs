//! CARRIES: the only loop.

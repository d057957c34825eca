//! TOML to `Config`; refuses early, with file, line and what to write instead.

//! What can be typed at the shell.

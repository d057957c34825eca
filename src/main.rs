//! Parse, load, start, run.

use frontdesk::cli;
use frontdesk::exit::Exit;

fn main() -> Exit {
    match cli::parse() {
        Ok(shell) => shell.perform(),
        Err(exit) => exit,
    }
}

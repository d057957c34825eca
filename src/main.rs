//! Parse, load, start, run.

use frontdesk::cli;
use frontdesk::exit::Exit;

fn main() -> Exit {
    #[cfg(feature = "failpoints")]
    let _armed = frontdesk::faults::arm();
    match cli::parse() {
        Ok(shell) => shell.perform(),
        Err(exit) => exit,
    }
}

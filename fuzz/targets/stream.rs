//! Any bytes after a stream's opening.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    frontdesk_fuzz::check(bytes);
});

//! `see:` leads from an entry to the one that answers in its place.

use std::collections::BTreeMap;

use super::entries::Entry;

/// How many steps a redirection may have.
const STEPS_MAX: usize = 8;

/// For each entry the number of the one that answers: itself, or where its `see:` leads.
///
/// # Errors
/// The numbers of the entries whose `see:` leads nowhere or in circles, and what is wrong.
pub(super) fn resolve(entries: &[Entry]) -> (Vec<usize>, Vec<(usize, String)>) {
    let numbers: BTreeMap<&str, usize> =
        entries.iter().enumerate().map(|(number, e)| (e.id.as_str(), number)).collect();
    let mut wrong = Vec::new();
    let mut answering = Vec::with_capacity(entries.len());
    for number in 0..entries.len() {
        match follow(entries, &numbers, number) {
            Ok(target) => answering.push(target),
            Err(what) => {
                answering.push(number);
                wrong.push((number, what));
            }
        }
    }
    (answering, wrong)
}

fn follow(entries: &[Entry], numbers: &BTreeMap<&str, usize>, from: usize) -> Result<usize, String> {
    let mut here = from;
    for _ in 0..=STEPS_MAX {
        let Some(next) = entries.get(here).and_then(|entry| entry.see.as_deref()) else { return Ok(here) };
        here = *numbers.get(next).ok_or_else(|| {
            format!("has `see: {next}`, and there is no such entry; write a file's name without `.md`")
        })?;
        if here == from {
            return Err("leads back to itself by `see:`; give one of the entries an answer".to_owned());
        }
    }
    Err(format!("leads on by `see:` more than {STEPS_MAX} times or in a circle; name the entry that answers"))
}

//! Parts that several conditions have in common are asked once for each decision: a thousand rules for one language ask for it once.

use std::collections::BTreeMap;

use super::sure::Term;

/// Takes parts that come more than once out of the conditions, and leaves their numbers there.
pub(super) fn take(terms: &mut [Term<usize>]) -> Vec<Term<usize>> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    terms.iter_mut().for_each(|term| each(term, &mut |part| *times.entry(name(part)).or_default() += 1));
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut taken = Vec::new();
    let mut put = |part: &mut Term<usize>| {
        let name = name(part);
        if times.get(&name).is_some_and(|times| *times > 1) {
            let number = *numbers.entry(name).or_insert_with(|| {
                taken.push(part.clone());
                taken.len() - 1
            });
            *part = Term::Shared(number);
        }
    };
    terms.iter_mut().for_each(|term| each(term, &mut put));
    taken
}

/// The same for the same parts.
fn name(part: &Term<usize>) -> String {
    format!("{part:?}")
}

/// Everything that is true or false by itself, outside of loops.
fn each(term: &mut Term<usize>, act: &mut impl FnMut(&mut Term<usize>)) {
    match term {
        Term::Both(both) | Term::Either(both) => {
            each(&mut both.0, act);
            each(&mut both.1, act);
        }
        Term::Not(part) => each(part, act),
        Term::Yes(_) | Term::Unknown | Term::Shared(_) => {}
        _ => act(term),
    }
}

//! Questions that ask the same, put together.

use super::rank::{Document, Ranker};

/// Puts questions into groups of those that ask the same, whatever their spelling: the first one of a group is the one
/// that the others are like. Give the weightiest first. The groups are in the order of their first ones; numbers are
/// places in `questions`.
pub fn group(questions: &[&str]) -> Vec<Vec<usize>> {
    let ranker = Ranker::of(&questions.iter().map(|question| document(question)).collect::<Vec<_>>());
    // "How do I …" is what all have in common.
    let telling: Vec<String> = questions.iter().map(|question| ranker.telling(question)).collect();
    let ranker = Ranker::of(&telling.iter().map(|question| document(question)).collect::<Vec<_>>());
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut leads: Vec<Option<usize>> = vec![None; questions.len()];
    for (number, question) in telling.iter().enumerate() {
        let alike = ranker.alike(question);
        let found = alike.iter().find_map(|(other, _)| leads.get(*other).copied().flatten());
        match found.and_then(|group| groups.get_mut(group)) {
            Some(group) => group.push(number),
            None => {
                leads.get_mut(number).into_iter().for_each(|lead| *lead = Some(groups.len()));
                groups.push(vec![number]);
            }
        }
    }
    groups
}

fn document<'a>(question: &'a str) -> Document<'a> {
    Document { id: "", title: question, aliases: &[], tags: &[], body: "", language: None }
}

#[cfg(test)]
mod tests {
    use super::group;

    #[test]
    fn the_same_in_other_words_and_spellings_is_one_group() {
        let questions = [
            "how do I reset my password",
            "where is the cafeteria",
            "password reset",
            "resetting my pasword",
            "Cafeteria?",
            "reset password please",
            "can I bring my dog",
        ];
        assert_eq!(group(&questions), [vec![0, 2, 3, 5], vec![1, 4], vec![6]]);
        assert_eq!(group(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(group(&["?!", "🙂", "🙂"]).len(), 3);
    }

    #[test]
    fn one_common_word_is_no_group() {
        let questions =
            ["how do I print a document", "how do I delete a document", "printer out of paper", "my dog ate it"];
        assert_eq!(group(&questions).len(), 4);
    }
}

//! How long we answer one who keeps asking. Two robots that answer each other go on for ever unless one of them stops.

use std::time::Duration;

use super::bucket::{Bucket, Rate};
use crate::desk::moment::Mono;

/// Twenty answers, and one more a minute: nobody reads faster, and a robot that needs a few seconds for its reply is
/// through with them soon.
const ANSWERS: Rate = Rate { burst: 20, every: Duration::from_secs(60) };
/// Whoever asked too much is not answered until they were quiet for so long. A robot that only answers falls silent with
/// us, so the loop is broken; a person comes back.
const QUIET: Duration = Duration::from_secs(60);

/// What is done about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It is answered.
    Answer,
    /// It is one too many: say that, once.
    AskForPatience,
    /// Nothing.
    Silence,
}

/// Somebody who asks, and how much they were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Talk {
    answers: Bucket,
    hushed_until: Option<Mono>,
}

impl Talk {
    /// A question came.
    pub fn weigh(&mut self, now: Mono) -> Reply {
        if self.hushed_until.is_some_and(|until| now < until) {
            self.hushed_until = Some(now + QUIET);
            return Reply::Silence;
        }
        if self.hushed_until.take().is_some() {
            self.answers = Bucket::default();
        }
        if self.answers.take(ANSWERS, now) {
            return Reply::Answer;
        }
        self.hushed_until = Some(now + QUIET);
        Reply::AskForPatience
    }

    /// Nothing would be different if we had never heard of them.
    pub fn forgettable(&self, now: Mono) -> bool {
        self.hushed_until.is_none_or(|until| until <= now) && self.answers.full(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A robot answers each of our answers after so many seconds. How many answers does it get in a day?
    fn answers_to_a_robot(pause: u64) -> usize {
        let mut talk = Talk::default();
        let replies = (0..86_400 / pause).map(|times| talk.weigh(Mono(times * pause * 1_000)));
        replies.take_while(|reply| *reply != Reply::Silence).count()
    }

    #[test]
    fn a_loop_is_broken() {
        assert_eq!(answers_to_a_robot(1), 21);
        assert_eq!(answers_to_a_robot(20), 30);
    }

    #[test]
    fn whoever_was_quiet_is_answered_again() {
        let mut talk = Talk::default();
        let replies: Vec<Reply> = (0..22).map(|_| talk.weigh(Mono(1_000))).collect();
        assert_eq!(replies.iter().filter(|reply| **reply == Reply::AskForPatience).count(), 1);
        assert_eq!(talk.weigh(Mono(60_000)), Reply::Silence);
        assert_eq!(talk.weigh(Mono(119_999)), Reply::Silence, "they were not quiet");
        assert_eq!(talk.weigh(Mono(180_000)), Reply::Answer);
    }
}

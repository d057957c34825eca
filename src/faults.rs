//! Spots where a test makes a fault strike: only in a binary built with the cargo feature `failpoints`.
//!
//! `fault!("store.begin" => return Err(…))` stands where the operation could fail, and says how it does. Without the
//! feature the macro is nothing, and this file is empty. With it, the environment's `FAILPOINTS` says what strikes
//! where, in the language of the crate `fail`: `store.begin=3*off->1*return(error)` lets three pass and fails the
//! fourth. The arguments are `kill` (the process aborts on the spot), `error`, and `delay:MILLIS`.

/// A spot where a fault may strike: its name in [`POINTS`], and what to do instead where the fault is an error.
#[cfg(feature = "failpoints")]
macro_rules! fault {
    ($point:literal => $error:expr) => {
        if $crate::faults::strikes($point) {
            $error
        }
    };
}

/// Nothing: this binary has no such spots.
#[cfg(not(feature = "failpoints"))]
macro_rules! fault {
    ($point:literal => $error:expr) => {};
}

#[cfg(feature = "failpoints")]
pub use armed::{POINTS, SPEAK_FIRST, SPOKEN_FIRST, arm, is_on, strikes};

#[cfg(feature = "failpoints")]
mod armed {
    use std::time::Duration;

    use fail::{FailScenario, fail_point};

    /// Every spot at which a fault may strike, in the order in which a life meets them, with what its error is.
    pub const POINTS: &[(&str, &str)] = &[
        ("store.open", "the database cannot be opened"),
        ("store.migrate", "a migration fails at its beginning"),
        ("store.migrated", "a migration fails before its commit"),
        ("store.restore", "the open chats cannot be read"),
        ("daemon.start", "there is no runtime"),
        ("xmpp.dial", "the server cannot be reached"),
        ("xmpp.tls", "the connection cannot be protected"),
        ("xmpp.login", "the stream breaks during the login"),
        ("xmpp.probe", "nobody can say whether a second copy runs"),
        ("daemon.linked", "the link is gone as soon as it is there"),
        ("xmpp.bind", "the stream breaks before a resource is bound"),
        ("xmpp.bound", "the new session is lost at once"),
        ("xmpp.receive", "the stream dies, and what just came is lost"),
        ("xmpp.pass", "the stream dies when the daemon has taken an event"),
        ("xmpp.ask", "too many questions are open"),
        ("xmpp.send", "the stream takes nothing any more"),
        ("xmpp.sent", "the stream dies when a stanza was handed over"),
        ("xmpp.written", "the stream dies when a stanza was written"),
        ("xmpp.answer", "an answer is lost"),
        ("xmpp.archive.page", "a page of the archive is lost"),
        ("xmpp.suspended", "the lost session is given up"),
        ("xmpp.resumed", "the session that came back is given up"),
        ("daemon.ready", "the link is gone before the desk has said that it is ready"),
        ("daemon.take", "the link is gone when an event was taken"),
        ("daemon.decide", "the link is gone between two actions of a turn"),
        ("daemon.ask", "the link is gone before a question is asked"),
        ("daemon.commit", "the store fails before it is asked"),
        ("store.begin", "a transaction cannot be begun"),
        ("store.chat", "a chat cannot be written"),
        ("store.line", "a line cannot be written"),
        ("store.seal", "a line cannot be sealed"),
        ("store.heard", "the hearing of an owed line cannot be written"),
        ("store.commit", "a transaction cannot be committed"),
        ("store.reopen", "the database cannot be opened again after a failure"),
        ("store.committed", "what is on the disk is reported as failed"),
        ("daemon.committed", "the link is gone between commit and speech"),
        ("daemon.speak", "the link is gone before something is said"),
        ("daemon.spoken", "the link is gone after something was said"),
        ("daemon.reload", "the configuration cannot be read again"),
        ("store.purge", "old chats cannot be erased"),
        ("daemon.stop", "the last turn cannot be finished"),
        ("xmpp.close", "the server does not let us leave politely"),
        ("daemon.close", "the store has ended before its time"),
        ("store.fold", "the write-ahead log cannot be folded"),
        ("store.close", "the database cannot be closed"),
        ("store.backup", "a copy cannot be begun"),
        ("store.backup.page", "a page cannot be copied"),
        ("store.backup.finish", "a complete copy cannot be given its name"),
    ];

    /// The negative control: where this switch is thrown, what the desk says is sent at once, before anything is
    /// committed. After each speech the spot [`SPOKEN_FIRST`] is passed twice: once for a delay, until the words are out,
    /// and once for the end.
    pub const SPEAK_FIRST: &str = "speak_before_commit";

    /// Behind each speech of the negative control.
    pub const SPOKEN_FIRST: &str = "spoken_before_commit";

    /// What strikes.
    enum Fault {
        Kill,
        Error,
        Delay(Duration),
    }

    impl Fault {
        fn read(words: Option<&str>) -> Self {
            match words.map(|words| words.split_once(':').unwrap_or((words, ""))) {
                Some(("kill", _)) => Self::Kill,
                Some(("delay", millis)) => Self::Delay(Duration::from_millis(millis.parse().unwrap_or(100))),
                _ => Self::Error,
            }
        }
    }

    /// Reads the environment's `FAILPOINTS`. The faults stay armed as long as the value lives.
    pub fn arm() -> FailScenario<'static> {
        FailScenario::setup()
    }

    /// Whether a switch is thrown.
    pub fn is_on(switch: &str) -> bool {
        armed(switch).is_some()
    }

    /// Does what is armed for this spot; whether it is to fail. Each strike is a line in the log.
    pub fn strikes(point: &'static str) -> bool {
        let Some(fault) = armed(point) else { return false };
        match fault {
            Fault::Kill => {
                tracing::error!("fault: {point} kill");
                std::process::abort();
            }
            Fault::Delay(pause) => {
                tracing::error!("fault: {point} delay");
                rest(pause);
                false
            }
            Fault::Error => {
                tracing::error!("fault: {point} error");
                true
            }
        }
    }

    fn armed(point: &str) -> Option<Fault> {
        fail_point!(point, |words| Some(Fault::read(words.as_deref())));
        None
    }

    /// A pause of this spot alone: the runtime's other tasks go on elsewhere.
    fn rest(pause: Duration) {
        match tokio::runtime::Handle::try_current() {
            Ok(_) => tokio::task::block_in_place(|| std::thread::sleep(pause)),
            Err(_) => std::thread::sleep(pause),
        }
    }
}

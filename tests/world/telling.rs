//! What the desk wants done, a line each, for people to read.

use frontdesk::desk::action::{Action, Asker, Question, Speech};
use frontdesk::desk::record::{LineRecord, Record};

use super::World;

impl World {
    pub fn tell(&mut self, action: &Action) {
        if self.telling {
            self.told.push(told(action));
        }
    }

    /// Something that people did.
    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if self.telling {
            let line = format!("--- {} {}", self.now().wall.format("%H:%M:%S%.3f"), what());
            self.told.push(line);
        }
    }

    /// What was told since the last time, each kind of it once, and how often.
    pub fn take_summary(&mut self) -> String {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for line in std::mem::take(&mut self.told) {
            let kind = kind_of(&line);
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, times)) => *times += 1,
                None => kinds.push((kind, 1)),
            }
        }
        kinds.iter().map(|(kind, times)| format!("{times} x {kind}\n")).collect()
    }

    /// What was told since the last time.
    pub fn take_told(&mut self) -> String {
        std::mem::take(&mut self.told).iter().map(|line| format!("{line}\n")).collect()
    }
}

/// The words of a told line that are the same for many: no numbers, no addresses, nothing that is quoted.
fn kind_of(line: &str) -> String {
    let number = |word: &str| {
        word.chars().all(|char| char.is_ascii_hexdigit()) && word.contains(|char: char| char.is_ascii_digit())
    };
    let special = |word: &str| word.contains(['@', '#', '(', '{']) || number(word);
    let words = line.split(' ').take_while(|word| !word.starts_with('"'));
    words.map(|word| if special(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

fn told(action: &Action) -> String {
    match action {
        Action::Remember(record) => remembered(record),
        Action::Ask(question) | Action::AskForGood(question) => format!("ask {}", asked(question)),
        Action::Search(search) => match &search.asker {
            Asker::Room(chat) => format!("search {:?} for chat {chat}", search.words),
            Asker::Person(who, _) => format!("search {:?} for {who}", search.words),
        },
        Action::Speak(speech) => spoken(speech),
        Action::Warn(speech) => format!("uncommitted: {}", spoken(speech)),
        Action::Report(notice) => format!("report {notice:?}"),
    }
}

fn remembered(record: &Record) -> String {
    match record {
        Record::Chat(chat) => {
            let operator = chat.operator.as_ref().map(|jid| format!(" {jid}")).unwrap_or_default();
            let outcome = chat.outcome.map(|outcome| format!(" {outcome:?}")).unwrap_or_default();
            format!("remember chat {} {:?}{operator}{outcome}", chat.id, chat.stage).to_lowercase()
        }
        Record::Line(line) => format!("remember {}", line_told(line)),
        Record::Heard(heard) => format!("remember {}#{} heard", heard.chat, heard.seq),
        Record::Counted(counter) => format!("count {}", counter.name()),
    }
}

/// A line of a transcript.
pub fn line_told(line: &LineRecord) -> String {
    let head = format!("{}#{} {:?} {:?}", line.chat, line.seq, line.kind, line.speaker).to_lowercase();
    let nick = line.nick.as_ref().map(|nick| format!(" {nick}")).unwrap_or_default();
    let jid = line.jid.as_ref().map(|jid| format!(" <{jid}>")).unwrap_or_default();
    let body = if line.body.is_empty() { String::new() } else { format!(" {:?}", line.body) };
    format!("{head}{nick}{jid}{body}")
}

fn asked(question: &Question) -> String {
    match question {
        Question::Enter { room, nick, password, .. } => {
            format!(
                "enter {room} as {nick}{}",
                password.as_ref().map(|word| format!(" password {word}")).unwrap_or_default()
            )
        }
        Question::Describe { room } => format!("describe {room}"),
        Question::Configure { room, setup } => format!("configure {room} {setup:?}"),
        Question::ListAffiliated { room, affiliation } => format!("list {affiliation:?} of {room}").to_lowercase(),
        Question::Affiliate { room, jid, affiliation } => {
            format!("make {jid} {affiliation:?} of {room}").to_lowercase()
        }
        Question::Archive { room, after } => {
            format!("archive of {room}{}", after.as_ref().map(|id| format!(" behind {}", id.0)).unwrap_or_default())
        }
        Question::SelfPing { room, .. } => format!("are we in {room}"),
        Question::Silence { room, nick } => format!("silence {nick} in {room}"),
        Question::GiveVoice { room, nick } => format!("give {nick} a voice in {room}"),
        Question::Destroy { room, .. } => format!("destroy {room}"),
        Question::Roster => "roster".to_owned(),
    }
}

fn spoken(speech: &Speech) -> String {
    match speech {
        Speech::Room { room, id, body, .. } => format!("say in {room} ({id}): {body:?}"),
        Speech::Direct { to, body, .. } => format!("tell {to}: {body:?}"),
        Speech::Invite { to, room, password, .. } => {
            format!(
                "invite {to} to {room}{}",
                password.as_ref().map(|word| format!(" password {word}")).unwrap_or_default()
            )
        }
        Speech::Decline { room, to, reason } => format!("decline {room} to {to}: {reason:?}"),
        Speech::Leave { room, .. } => format!("leave {room}"),
        Speech::Available => "available".to_owned(),
        Speech::Subscribe(jid) => format!("subscribe {jid}"),
        Speech::ApproveSubscription(jid) => format!("approve {jid}"),
        Speech::RefuseSubscription(jid) => format!("refuse {jid}"),
        Speech::TellTime { to, time, .. } => format!("time {time} to {to}"),
    }
}

//! What the desk wants done, a line each, for people to read.

use chrono::{DateTime, Utc};
use frontdesk::desk::action::{Action, Asker, Look, Notice, Question, Search, Speech};
use frontdesk::desk::facts::{Facts, GuestFacts};
use frontdesk::desk::ids::ChatId;
use frontdesk::desk::record::{Away, FaqLesson, FaqProposal, LineRecord, OperatorRecord, Record};

use frontdesk::desk::wording::duty;
use jid::Jid;
use regex::Regex;

use super::World;

impl World {
    pub fn tell(&mut self, action: &Action) {
        let quiet = match action {
            Action::Remember(Record::Attendance(_)) => true,
            Action::Remember(Record::Choice(_)) => !self.telling_why,
            Action::Remember(Record::Facts { facts, .. }) => known(facts).is_empty(),
            _ => false,
        };
        if !self.telling || quiet {
            return;
        }
        if !self.telling_people {
            self.told.push(told(action));
        } else if let Some(line) = experienced(action) {
            self.told.push(format!("{} {line}", self.now().wall.format("%H:%M:%S")));
        }
        if let (true, Action::Speak(Speech::Room { state: Some(state), .. })) = (self.telling_states, action) {
            self.told.push(format!("    {state:?}"));
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

/// What people hear and read, and what is kept for them; nothing of how it comes about.
fn experienced(action: &Action) -> Option<String> {
    match action {
        Action::Speak(Speech::Room { room, body, .. }) => Some(format!("in {}: {:?}", name(room.bare()), shown(body))),
        Action::Speak(Speech::Direct { to, body, .. }) => Some(format!("to {}: {:?}", name(to), shown(body))),
        Action::Speak(Speech::Invite { to, room, .. }) => {
            Some(format!("to {}: (an invitation to {})", name(to), name(room.bare())))
        }
        Action::Remember(
            record @ (Record::Choice(_)
            | Record::Rating(_)
            | Record::Message(_)
            | Record::MessagePassedOn { .. }
            | Record::FaqAsked(_)
            | Record::FaqProposed(_)),
        ) => Some(remembered(record)),
        Action::Remember(record @ Record::Facts { facts, .. }) if asked_crms(facts) => Some(remembered(record)),
        Action::Report(notice @ (Notice::CrmFailing { .. } | Notice::CrmAnswers { .. })) => {
            Some(format!("report {notice:?}"))
        }
        _ => None,
    }
}

fn asked_crms(facts: &GuestFacts) -> bool {
    !facts.crm.is_empty() || !facts.crm_failed.is_empty()
}

fn name(jid: &Jid) -> String {
    jid.node().map(|node| node.to_string()).unwrap_or_default()
}

/// Passwords are different each time that anything changes.
fn shown(body: &str) -> String {
    Regex::new("[0-9a-f]{32}").unwrap().replace_all(body, "SECRET").into_owned()
}

fn told(action: &Action) -> String {
    match action {
        Action::Remember(record) => remembered(record),
        Action::Ask(question) | Action::AskForGood(question) => format!("ask {}", asked(question)),
        Action::Search(search) => searched(search),
        Action::LookUp(question) => {
            format!("look up {:?} in {} for chat {}", question.values, question.source, question.chat)
        }
        Action::Speak(speech) => spoken(speech),
        Action::Warn(speech) => format!("uncommitted: {}", spoken(speech)),
        Action::Report(notice) => format!("report {notice:?}"),
    }
}

fn searched(search: &Search) -> String {
    let look = match &search.look {
        Look::Topics => "topics".to_owned(),
        Look::Words(words) => format!("{words:?}"),
        Look::Entry { id, part, .. } => format!("entry {id} part {part}"),
    };
    match &search.asker {
        Asker::Room(chat) => format!("search {look} for chat {chat}"),
        Asker::Person(who) => format!("search {look} for {who}"),
    }
}

fn place(chat: Option<ChatId>) -> String {
    chat.map_or_else(|| "directly".to_owned(), |chat| format!("in {chat}"))
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
        Record::Operator(operator) => operator_told(operator),
        Record::Attendance(record) => format!("{} attends: {:?}", record.jid, record.attendance),
        Record::Choice(choice) => format!("why {}: {}", choice.chat, duty::choice(choice)),
        Record::Facts { chat, facts } => format!("known in {chat}:{}", known(facts)),
        Record::InboxReached(id) => format!("remember the inbox up to {}", id.0),
        Record::TokenUsed(token) => format!("remember token {} in {} until {}", token.id, token.chat, token.expires_at),
        Record::Rating(rating) => {
            format!("remember the rating of {}: {:?} {:?}", rating.chat, rating.thumb, rating.words)
        }
        Record::Message(message) => {
            format!(
                "remember {} left a message in {} for {}: {:?}",
                message.guest, message.chat, message.queue, message.body
            )
        }
        Record::MessagePassedOn { chat, to } => format!("remember {to} got the message of {chat}"),
        Record::FaqAsked(query) => {
            let entry = query.entry.as_ref().map(|entry| format!(" {entry}")).unwrap_or_default();
            format!("remember asked {} {:?}: {:?}{entry}", place(query.chat), query.words, query.verdict)
        }
        Record::FaqProposed(proposal) => proposed(proposal),
    }
}

fn proposed(proposal: &FaqProposal) -> String {
    let FaqProposal { chat, question, lesson, .. } = proposal;
    match lesson {
        FaqLesson::Entry { answer, by } => format!("remember {by} proposes {} {question:?}: {answer:?}", place(*chat)),
        FaqLesson::Alias { entry } => format!("remember proposed {} {question:?} for {entry}", place(*chat)),
    }
}

/// What the guest brought, and what others know of them.
fn known(facts: &GuestFacts) -> String {
    let one = |source: &str, facts: &Facts| match facts.is_empty() {
        true => String::new(),
        false => format!(" {source} {}", serde_json::to_string(facts).unwrap()),
    };
    let proved = facts.trusted.as_ref();
    let mut told = one("said", &facts.said) + &one("crm", &facts.crm);
    if facts.crm_by_said {
        told.push_str(" (by what they said)");
    }
    if !facts.crm_failed.is_empty() {
        told.push_str(&format!(" without {}", facts.crm_failed.join(", ")));
    }
    told + &proved.map(|trusted| one(&format!("proved {:?}", trusted.id), &trusted.claims)).unwrap_or_default()
}

fn operator_told(operator: &OperatorRecord) -> String {
    let away = match operator.away {
        None => String::new(),
        Some(Away::UntilBack) => " away".to_owned(),
        Some(Away::Until(at)) => format!(" away until {}", at.format("%H:%M:%S")),
    };
    let busy = operator.busy.map(|busy| format!(" busy {busy}")).unwrap_or_default();
    let missed = Some(operator.missed_offers).filter(|missed| *missed > 0);
    let missed = missed.map(|missed| format!(" missed {missed}")).unwrap_or_default();
    let time = |word: &str, at: Option<DateTime<Utc>>| {
        at.map(|at| format!(" {word} {}", at.format("%H:%M:%S"))).unwrap_or_default()
    };
    let benched = time("benched", operator.benched_at);
    format!(
        "remember operator {}{away}{busy}{missed}{benched}{}",
        operator.jid,
        time("idle since", operator.idle_since)
    )
}

/// `why 1 offered [Bob] in support: his turn is longest ago; not Alice: full; 10 more: offline`
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
        Question::Configure { room, setup } => {
            let told = format!("configure {room} {setup:?}");
            told.replace(", hidden: false }", " }")
        }
        Question::ListAffiliated { room, affiliation } => format!("list {affiliation:?} of {room}").to_lowercase(),
        Question::Affiliate { room, jid, affiliation } => {
            format!("make {jid} {affiliation:?} of {room}").to_lowercase()
        }
        Question::Archive { room, after } => {
            format!("archive of {room}{}", after.as_ref().map(|id| format!(" behind {}", id.0)).unwrap_or_default())
        }
        Question::OwnArchive { after } => format!("our own archive behind {}", after.0),
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
        Speech::Direct { to, id, body, .. } if id.0.contains("-d") => format!("tell {to} ({id}): {body:?}"),
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

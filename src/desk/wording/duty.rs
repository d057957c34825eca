//! What routing has to say: to guests who wait, to operators on duty, to supervisors.

use std::fmt::Write;
use std::time::Duration;

use chrono::DateTime;
use chrono_tz::Tz;

use super::Language::{self, English, German};
use super::{OfferFacts, quoted};
use crate::desk::ids::{ChatId, RoomJid};
use crate::desk::operators::Availability;
use crate::desk::queue::AHEAD_MAX;
use crate::desk::record::{Choice, ChoiceKind, LeftMessage, RuleReason};

/// How much of a rule's condition people are shown, in characters.
const CONDITION_MAX: usize = 200;

// In the room, to the guest

/// Nobody is free; `ahead` chats are served before this one; `wait` is what most recent guests waited at most.
pub fn nobody_free(language: Language, ahead: usize, wait: Option<Duration>) -> String {
    let begin = match language {
        English => "Nobody is free right now.",
        German => "Im Augenblick ist niemand frei.",
    };
    let end = match language {
        English => "please stay.",
        German => "bitte bleiben Sie.",
    };
    format!("{begin} {}; {end}{}", position(language, ahead), expectation(language, wait))
}

/// Still waiting.
pub fn still_waiting(language: Language, ahead: usize, wait: Option<Duration>) -> String {
    let begin = match language {
        English => "Thank you for waiting.",
        German => "Danke für Ihre Geduld.",
    };
    format!("{begin} {}.{}", position(language, ahead), expectation(language, wait))
}

fn position(language: Language, ahead: usize) -> String {
    match (language, ahead) {
        (English, 0) => "You are the next".to_owned(),
        (English, 1) => "One guest is before you".to_owned(),
        (English, more) if more > AHEAD_MAX => format!("More than {AHEAD_MAX} guests are before you"),
        (English, _) => format!("{ahead} guests are before you"),
        (German, 0) => "Sie sind als Nächstes dran".to_owned(),
        (German, 1) => "Ein Gast ist vor Ihnen".to_owned(),
        (German, more) if more > AHEAD_MAX => format!("Mehr als {AHEAD_MAX} Gäste sind vor Ihnen"),
        (German, _) => format!("{ahead} Gäste sind vor Ihnen"),
    }
}

/// What is known of how long it takes, rounded up to minutes: no more is promised than was measured.
fn expectation(language: Language, wait: Option<Duration>) -> String {
    let Some(minutes) = wait.map(|wait| wait.as_secs().div_ceil(60).max(1)) else { return String::new() };
    match (language, minutes) {
        (English, 1) => " Most guests who were helped lately waited no longer than a minute.".to_owned(),
        (English, _) => format!(" Most guests who were helped lately waited no longer than {minutes} minutes."),
        (German, 1) => " Wem zuletzt geholfen wurde, der wartete meist nicht länger als eine Minute.".to_owned(),
        (German, _) => {
            format!(" Wem zuletzt geholfen wurde, der wartete meist nicht länger als {minutes} Minuten.")
        }
    }
}

/// The operator accepted and said nothing.
pub fn operator_silent(language: Language, name: &str) -> String {
    match language {
        English => format!("{name} does not answer. I am looking for somebody else; please stay."),
        German => format!("{name} antwortet nicht. Ich suche jemand anderen; bitte bleiben Sie."),
    }
}

/// Another operator goes on.
pub fn handed_over(language: Language, from: &str, to: &str) -> String {
    match language {
        English => format!("{to} is here and goes on helping you in place of {from}."),
        German => format!("{to} ist da und hilft Ihnen anstelle von {from} weiter."),
    }
}

/// The queue takes nobody now; `opens`: when it does, if that is known.
pub fn closed_now(language: Language, opens: Option<&DateTime<Tz>>) -> String {
    let when = opens.map(|at| match language {
        English => format!(" We are back on {} ({}).", at.format("%Y-%m-%d at %H:%M"), at.timezone().name()),
        German => format!(" Wir sind am {} Uhr wieder da ({}).", at.format("%d.%m.%Y um %H:%M"), at.timezone().name()),
    });
    let when = when.unwrap_or_default();
    match language {
        English => format!(
            "Nobody is on duty right now.{when} If you like, write here what we should know: I keep it for the team, \
             and you may leave. Or stay until somebody comes."
        ),
        German => format!(
            "Gerade ist niemand im Dienst.{when} Wenn Sie mögen, schreiben Sie hier, was wir wissen sollen: ich hebe es \
             für das Team auf, und Sie können gehen. Oder Sie bleiben, bis jemand kommt."
        ),
    }
}

/// The guest stays although the queue is closed.
pub fn still_closed(language: Language) -> String {
    match language {
        English => "Still nobody is on duty. What you write here is kept for the team.",
        German => "Noch ist niemand im Dienst. Was Sie hier schreiben, wird für das Team aufgehoben.",
    }
    .to_owned()
}

/// Nobody came for long.
pub fn may_leave_message(language: Language) -> String {
    match language {
        English => {
            "I am sorry that it takes so long. I keep looking. If you cannot wait: write here what we should know and \
             how to reach you. I keep it for the team, and you may leave."
        }
        German => {
            "Es tut mir leid, dass es so lange dauert. Ich suche weiter. Wenn Sie nicht warten können: schreiben Sie \
             hier, was wir wissen sollen und wie wir Sie erreichen. Ich hebe es für das Team auf, und Sie können gehen."
        }
    }
    .to_owned()
}

// To operators, directly

/// Who hands a chat over.
#[derive(Debug, Clone, Copy)]
pub struct Handing<'a> {
    /// The owner.
    pub owner: &'a str,
    /// Who wants it, if not the owner.
    pub by: Option<&'a str>,
    /// What they add.
    pub note: Option<&'a str>,
}

/// A transfer is offered.
pub fn transfer_offer(facts: &OfferFacts<'_>, handing: &Handing<'_>) -> String {
    let mut text = match handing.by {
        None => format!("{} wants to hand over to you.\n", handing.owner),
        Some(by) => format!("{by} asks you to take over from {}.\n", handing.owner),
    };
    if let Some(note) = handing.note {
        text.push_str(&quoted(note));
    }
    text.push_str(&super::offer(facts));
    text
}

/// Somebody else was faster.
pub fn taken_by_other(chat: ChatId, name: &str) -> String {
    format!("{name} has taken chat {chat}.")
}

/// The chat was taken back because the operator said nothing.
pub fn taken_back_for_silence(chat: ChatId) -> String {
    format!(
        "Chat {chat} is no longer yours: the guest has not heard from you. While it waits, write in its room to have it back."
    )
}

/// No more offers for now.
pub fn benched(missed: u32) -> String {
    format!("{}, so I send you no more offers. Say `!available` when you are back.", unanswered("You", missed))
}

/// To supervisors: somebody gets no more offers.
pub fn operator_benched(name: &str, missed: u32) -> String {
    format!("{}. I send them no more offers until they are back.", unanswered(name, missed))
}

fn unanswered(who: &str, times: u32) -> String {
    match times {
        1 => format!("{who} did not answer"),
        more => format!("{who} did not answer {more} times in a row"),
    }
}

/// To supervisors: a guest waits for long.
pub fn escalated(chat: ChatId, queue: &str, guest: &str, waited: Duration, first_words: &[String]) -> String {
    let mut text = format!("Chat {chat} ({queue}): {guest} has waited {} and nobody takes it.\n", span(waited));
    for words in first_words {
        text.push_str(&quoted(words));
    }
    write!(text, "`!take {chat}` takes it; `!why {chat}` says who was asked.").ok();
    text
}

/// A message that a guest left.
pub fn left_message(message: &LeftMessage) -> String {
    let LeftMessage { chat, queue, guest, at, body, .. } = message;
    let mut text =
        format!("A message was left in chat {chat} ({queue}) by {guest}, {} UTC:\n", at.format("%Y-%m-%d %H:%M"));
    for line in body.lines() {
        text.push_str("> ");
        text.extend(line.chars().map(|char| if char.is_control() { ' ' } else { char }));
        text.push('\n');
    }
    text.trim_end().to_owned()
}

/// The chat is served by nobody, so nothing can be done with it.
pub fn not_served(chat: ChatId) -> String {
    format!("Nobody serves chat {chat} right now.")
}

/// Only who has a chat may do that.
pub fn not_yours(chat: ChatId) -> String {
    format!("Chat {chat} is not yours.")
}

/// There is nothing to take.
pub fn nothing_waits(chat: Option<ChatId>) -> String {
    match chat {
        Some(chat) => {
            format!("Chat {chat} cannot be taken: it does not wait in a queue of yours, or you have no place left.")
        }
        None => "No chat waits that you could take.".to_owned(),
    }
}

/// They have it.
pub fn yours_already(chat: ChatId) -> String {
    format!("Chat {chat} is yours already.")
}

/// The colleague was asked.
pub fn transfer_begun(chat: ChatId, name: &str) -> String {
    format!("{name} is asked to take chat {chat}. It stays yours until they have come.")
}

/// To the owner: a supervisor wants somebody else to go on.
pub fn transfer_begun_by(chat: ChatId, host: &str, name: &str) -> String {
    format!("{host} has asked {name} to take chat {chat}. It stays yours until they have come.")
}

/// To that supervisor.
pub fn transfer_begun_for(chat: ChatId, owner: &str, name: &str) -> String {
    format!("{name} is asked to take chat {chat} over from {owner}.")
}

/// To whom said yes: only coming counts.
pub fn transfer_awaits(chat: ChatId, room: &RoomJid, password: Option<&str>) -> String {
    format!("Come in, and chat {chat} is yours: {}", super::way_in(room, password))
}

/// The colleague has come.
pub fn transfer_done(chat: ChatId, name: &str) -> String {
    format!("{name} has chat {chat} now.")
}

/// To whom the chat now belongs.
pub fn transfer_yours(chat: ChatId, from: &str) -> String {
    format!("{from} has handed chat {chat} over to you.")
}

/// The colleague did not take it.
pub fn transfer_failed(chat: ChatId, why: &str) -> String {
    format!("Chat {chat} stays yours: {why}.")
}

/// The same, to a supervisor who wanted it.
pub fn transfer_failed_for(chat: ChatId, owner: &str, why: &str) -> String {
    format!("Chat {chat} stays with {owner}: {why}.")
}

/// Nobody in a queue can come.
pub fn nobody_free_in(queue: &str) -> String {
    format!("Nobody is free in {queue} right now.")
}

/// A colleague cannot come.
pub fn cannot_come(name: &str, why: &str) -> String {
    format!("{name} cannot come now: {why}.")
}

/// They have it, or are there.
pub fn already_there(chat: ChatId, name: &str) -> String {
    format!("{name} is in chat {chat} already.")
}

/// Nobody has this name.
pub fn unknown_name(text: &str, near: Option<&str>) -> String {
    let short: String = text.chars().filter(|char| !char.is_control()).take(40).collect();
    match near {
        Some(near) => format!("Nobody is called {short:?}. Did you mean {near}?"),
        None => format!("Nobody is called {short:?}: write an operator's or a queue's name."),
    }
}

/// In the transcript: somebody was brought in.
pub fn invited_note(host: &str, name: &str) -> String {
    format!("{host} asked {name} to join")
}

/// A colleague asks for company.
pub fn invitation(chat: ChatId, room: &RoomJid, password: Option<&str>, host: &str, first_words: &[String]) -> String {
    let mut text = format!("{host} asks you to join chat {chat}; it stays theirs.\n");
    for words in first_words {
        text.push_str(&quoted(words));
    }
    text + &super::way_in(room, password)
}

/// The colleague was asked.
pub fn invitation_sent(chat: ChatId, name: &str) -> String {
    format!("{name} is asked to join chat {chat}.")
}

/// `!available` was heard; `shown` is what their clients say. `account`: who must be allowed to see it.
pub fn available(shown: Availability, account: &str) -> String {
    match shown {
        Availability::Available => "You take chats again.".to_owned(),
        Availability::Away => {
            "Noted. Your client shows you as away or busy: chats come as soon as it shows you as available.".to_owned()
        }
        Availability::Offline => format!(
            "Noted. I do not see you online: chats come as soon as I do. If you are online, allow {account} to see it."
        ),
    }
}

/// `!away` was heard.
pub fn away(minutes: Option<u32>) -> String {
    match minutes {
        Some(1) => "No new chats for a minute, or until you say `!available`.".to_owned(),
        Some(minutes) => format!("No new chats for {minutes} minutes, or until you say `!available`."),
        None => "No new chats until you say `!available`.".to_owned(),
    }
}

/// `!busy N` was heard.
pub fn busy(places: u32, places_max: u32) -> String {
    match places {
        0 => "No new chats until you say `!available`.".to_owned(),
        more if more >= places_max => format!("No more than {places_max} at once, as configured."),
        _ => format!("No more than {places} at once, until you say `!available`."),
    }
}

/// A queue, for `!queue`.
#[derive(Debug)]
pub struct QueueFacts<'a> {
    /// Its name.
    pub name: &'a str,
    /// Open, active or closed.
    pub state: QueueState,
    /// How many of its operators could take a chat now.
    pub free: usize,
    /// How many wait in all.
    pub waiting: usize,
    /// The first of those who wait: chat, guest, how long.
    pub first: Vec<(ChatId, String, Duration)>,
}

/// XEP-0142's words for what a queue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueState {
    /// It takes guests.
    Open,
    /// It takes nobody new, and serves those whom it has.
    Active,
    /// It takes nobody, and has nobody.
    Closed,
}

/// What `!queue` says of one.
pub fn queue(facts: &QueueFacts<'_>) -> String {
    let state = match facts.state {
        QueueState::Open => "open",
        QueueState::Active => "active: takes nobody new",
        QueueState::Closed => "closed",
    };
    let mut text = format!("{} ({state}): {} waiting, {} free", facts.name, facts.waiting, facts.free);
    for (chat, guest, waited) in &facts.first {
        write!(text, "\n- chat {chat}: {guest}, {}", span(*waited)).ok();
    }
    let more = facts.waiting.saturating_sub(facts.first.len());
    if more > 0 && !facts.first.is_empty() {
        write!(text, "\n- and {more} more").ok();
    }
    text
}

/// A chat, for `!chats`.
pub fn chat(chat: ChatId, stage: &str, guest: &str, age: Duration) -> String {
    format!("- chat {chat}: {guest}, {}, {stage}", span(age))
}

/// The chats, of which the first are shown.
pub fn chats(shown: &[String], all: usize) -> String {
    match all.saturating_sub(shown.len()) {
        0 if shown.is_empty() => no_chats(),
        0 => shown.join("\n"),
        more => format!("{}\n- and {more} more", shown.join("\n")),
    }
}

/// There are no chats.
pub fn no_chats() -> String {
    "You have no chats.".to_owned()
}

/// `!why`: each choice, the oldest first, with the time in the desk's zone.
pub fn why<'a>(chat: ChatId, choices: impl Iterator<Item = &'a Choice>, zone: Tz) -> String {
    let mut text = format!("Chat {chat} (times of {}):", zone.name());
    for choice in choices {
        write!(text, "\n{} {}", choice.at.with_timezone(&zone).format("%H:%M:%S"), self::choice(choice)).ok();
    }
    text
}

/// `!why` of a chat in somebody else's queue.
pub fn not_your_queue(chat: ChatId) -> String {
    format!("Chat {chat} is in no queue of yours.")
}

/// `!why` of a chat that is not open.
pub fn why_closed(chat: ChatId) -> String {
    format!("Chat {chat} is not open. `frontdesk why {chat}` at the shell knows of closed ones.")
}

/// One choice, in a sentence or two.
pub fn choice(choice: &Choice) -> String {
    let chosen = choice.chosen.join(", ");
    let mut text = match choice.kind {
        ChoiceKind::Queued => format!("came to {}: {}.", choice.queue, choice.because),
        ChoiceKind::Ruled => format!("{}: {}.", choice.because, choice.queue),
        ChoiceKind::Refused => format!("refused by {}.", choice.because),
        ChoiceKind::Offered => format!("offered to {chosen} ({}).", choice.because),
        ChoiceKind::Nobody => format!("{}.", choice.because),
        ChoiceKind::Taken => format!("taken by {chosen}: {}.", choice.because),
        ChoiceKind::Revoked => format!("taken from {chosen}: {}.", choice.because),
        ChoiceKind::Transferred => format!("handed over to {chosen}: {}.", choice.because),
        ChoiceKind::Overflowed => format!("went on to {chosen}: {}.", choice.because),
        ChoiceKind::Escalated => format!("supervisors were told ({chosen}): {}.", choice.because),
    };
    let others = choice.others.told();
    for skipped in &others.skipped {
        write!(text, " Not {}: {}.", skipped.operator, skipped.why).ok();
    }
    for (why, count) in &others.more {
        write!(text, " {count} more: {why}.").ok();
    }
    for rule in &choice.failed {
        write!(text, " {}", rule_failed(rule)).ok();
    }
    text
}

/// Which rule decided: "rule 3, line 57 (`guest.returning`)".
pub fn ruled(rule: Option<&RuleReason>) -> String {
    match rule {
        Some(rule) => format!("rule {}, line {} (`{}`)", rule.number, rule.line, shortened(&rule.when)),
        None => "no rule applies".to_owned(),
    }
}

/// A rule was passed over.
pub fn rule_failed(rule: &RuleReason) -> String {
    let why = rule.failed.as_deref().unwrap_or_default();
    format!("Rule {}, line {} was passed over: {why}.", rule.number, rule.line)
}

/// A condition on one line, as much of it as tells which it is.
fn shortened(condition: &str) -> String {
    let words = condition.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(CONDITION_MAX) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

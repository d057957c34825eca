//! What was really said in rooms, and whether a transcript says the same.
//!
//! The witness is no occupant of its own: one more occupant is somebody to whom the desk reacts (an unknown one in a
//! room whose privacy it guards, a reason to think the room not empty). It is the ears of everybody who is there
//! anyhow: each client's stream reports what it brings, also when nobody in the story expects it, and what several
//! heard is one line.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::Value;
use xmpp::jid::{BareJid, Jid};
use xmpp::tokio_xmpp::minidom::Element;

use super::desk::NICK;
use super::stanzas::{CLIENT, body, from, has_type, occupant};

/// A line as it was heard: who, and what.
pub type Said = (String, String);

/// What became known of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Line(Said),
    /// The desk entered.
    DeskCame,
    /// The desk is out, or the room is gone.
    DeskGone,
    /// The last of us left: from here on nobody heard what was said.
    NobodyLeft,
}

/// A room as all of us heard it.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// In the room's order.
    pub heard: Vec<Heard>,
    /// One of us was there from its beginning.
    pub whole: bool,
    /// Ids that were heard twice with the same words: said twice.
    pub repeated: Vec<Said>,
    known: BTreeMap<Identity, Instant>,
    present: usize,
}

/// What makes a line this line: the room's own id of it, or else who said it with which id, and which time it was.
type Identity = (String, String, usize);

/// So much later than others somebody may hear the same.
const LATE: Duration = Duration::from_millis(500);

/// The common memory of all listeners.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    rooms: Arc<Mutex<BTreeMap<BareJid, Room>>>,
    /// How many lines were heard of others than the desk.
    lines: Arc<AtomicU64>,
}

impl Witness {
    /// One more pair of ears.
    pub fn listener(&self) -> Listener {
        Listener { witness: self.clone(), inside: BTreeMap::new(), times: BTreeMap::new() }
    }

    /// What became known of a room.
    pub fn room(&self, room: &BareJid) -> Room {
        self.rooms().get(room).cloned().unwrap_or_default()
    }

    /// How many lines were heard in all rooms, those of the desk not counted.
    pub fn lines_of_people(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<BareJid, Room>> {
        self.rooms.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The ears of one client.
#[derive(Debug)]
pub struct Listener {
    witness: Witness,
    /// The rooms that it is in, and whether their history is over.
    inside: BTreeMap<BareJid, bool>,
    times: BTreeMap<(BareJid, String, String), usize>,
}

impl Listener {
    pub fn hear(&mut self, stanza: &Element) {
        let Some(Jid { .. }) = from(stanza) else { return };
        let room = from(stanza).map(|from| from.to_bare()).expect("a sender");
        if let Some(other) = occupant(stanza, &room) {
            let own = other.codes.contains(&"110".to_owned());
            match (own, other.here) {
                (true, true) => self.entered(room.clone(), other.codes.contains(&"201".to_owned())),
                (true, false) => self.left(&room),
                _ => {}
            }
            if other.nick == NICK && !own && self.inside.contains_key(&room) {
                self.desk(&room, other.here);
            }
        } else if has_type(stanza, "groupchat") && self.inside.contains_key(&room) {
            self.groupchat(room, stanza);
        }
    }

    /// Our own presence comes again when something about us changes.
    fn entered(&mut self, room: BareJid, created: bool) {
        if self.inside.contains_key(&room) {
            return;
        }
        let mut rooms = self.witness.rooms();
        let known = rooms.entry(room.clone()).or_default();
        known.present += 1;
        known.whole |= created && known.heard.is_empty();
        drop(rooms);
        self.inside.insert(room, false);
    }

    fn left(&mut self, room: &BareJid) {
        if self.inside.remove(room).is_some() {
            let mut rooms = self.witness.rooms();
            let known = rooms.entry(room.clone()).or_default();
            known.present -= 1;
            if known.present == 0 {
                known.heard.push(Heard::NobodyLeft);
            }
        }
    }

    fn desk(&self, room: &BareJid, here: bool) {
        let mut rooms = self.witness.rooms();
        let heard = &mut rooms.entry(room.clone()).or_default().heard;
        let wanted = if here { Heard::DeskCame } else { Heard::DeskGone };
        let last = heard.iter().rev().find(|heard| matches!(heard, Heard::DeskCame | Heard::DeskGone));
        if last != Some(&wanted) {
            heard.push(wanted);
        }
    }

    fn groupchat(&mut self, room: BareJid, stanza: &Element) {
        if stanza.has_child("subject", CLIENT) && !stanza.has_child("body", CLIENT) {
            self.catch_up(&room);
            self.inside.insert(room, true);
            return;
        }
        let nick = from(stanza).and_then(|from| from.resource().map(ToString::to_string));
        let words = body(stanza).filter(|words| !words.is_empty());
        let (Some(nick), Some(words), Some(live)) = (nick, words, self.inside.get(&room)) else { return };
        let key = match room_id(stanza, &room) {
            Some(id) => (id, String::new()),
            None => (format!("{nick} {}", stanza.attr("id").unwrap_or_default()), words.clone()),
        };
        // Who comes between a line and the next hears the first as history, perhaps before the others hear it at all.
        let mut times = 1;
        if *live {
            let heard = self.times.entry((room.clone(), key.0.clone(), key.1.clone())).or_default();
            *heard += 1;
            times = *heard;
        }
        let mut rooms = self.witness.rooms();
        let known = rooms.entry(room).or_default();
        let now = Instant::now();
        if known.known.insert((key.0, key.1, times), now).is_none() {
            let id = stanza.attr("id").unwrap_or_default().to_owned();
            let again = known.known.insert((format!("said {nick}"), format!("{id} {words}"), 0), now).is_some();
            if again && !id.is_empty() {
                known.repeated.push((nick.clone(), words.clone()));
            }
            if nick != NICK {
                self.witness.lines.fetch_add(1, Ordering::Relaxed);
            }
            known.heard.push(Heard::Line((nick, words)));
        }
    }
}

impl Listener {
    /// Who comes into a room that gives its lines no ids takes what was said there for said: hearing it live is hearing it
    /// said again.
    fn catch_up(&mut self, room: &BareJid) {
        let rooms = self.witness.rooms();
        let known = rooms.get(room).into_iter().flat_map(|room| &room.known);
        for ((id, words, times), since) in known {
            if *times > 0 && !words.is_empty() && since.elapsed() > LATE {
                let heard = self.times.entry((room.clone(), id.clone(), words.clone())).or_default();
                *heard = (*heard).max(*times);
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for room in self.inside.keys().cloned().collect::<Vec<_>>() {
            self.left(&room);
        }
    }
}

/// The id that the room gave the line (XEP-0359).
fn room_id(stanza: &Element, room: &BareJid) -> Option<String> {
    let ours = |child: &&Element| child.is("stanza-id", "urn:xmpp:sid:0") && child.attr("by") == Some(room.as_str());
    let mut ids = stanza.children().filter(ours).filter_map(|child| child.attr("id"));
    let id = ids.next()?.to_owned();
    ids.next().is_none().then_some(id)
}

const MISSING: &str = "missing: ";
const MOVED: &str = "twice, or out of order: ";

/// What a transcript tells of a place in the room's order.
enum Told {
    Line(Said, Option<String>),
    Gap,
    Owed(Said),
}

fn told(line: &Value) -> Option<Told> {
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    // Words that were decided outside the room, and said when we came in, were said under the nick that we got there.
    let nick = if line["nick"].is_null() && line["speaker"] == "desk" { NICK.to_owned() } else { text("nick") };
    // What a guest wrote to the desk directly came into the room in its mouth, quoted.
    let relayed = line["nick"].is_null() && line["speaker"] == "guest";
    match line["kind"].as_str()? {
        "said" if relayed => Some(Told::Line((NICK.to_owned(), quoted(&text("body"))), None)),
        "owed" if relayed => Some(Told::Owed((NICK.to_owned(), quoted(&text("body"))))),
        "unreadable" if relayed => None,
        "said" => Some(Told::Line((nick, text("body")), None)),
        "unreadable" => Some(Told::Line((nick, text("body")), Some(text("body")))),
        "gap" => Some(Told::Gap),
        "owed" => Some(Told::Owed((nick, text("body")))),
        _ => None,
    }
}

/// As far as guests in stories try to be hostile.
fn quoted(words: &str) -> String {
    let harmless = words.trim_end().replace('\u{2028}', "\n").replace('\u{202e}', "");
    format!("Guest:\n> {}", harmless.replace('\n', "\n> "))
}

/// How a chat's transcript (its `lines`) differs from what was heard in its room: an empty list where each line that
/// was heard is told once, in order, or lies where the transcript shows a gap, and nothing else is told.
pub fn differences(room: &Room, lines: &[Value], closed: bool) -> Vec<String> {
    let mut reading = Reading { room, at: 0, excused: !room.whole, gaps: 0, differences: Vec::new() };
    for line in lines.iter().filter_map(told) {
        match line {
            Told::Gap => {
                reading.excused = true;
                reading.gaps += 1;
            }
            // Words that a closed chat still owes were never said; then nobody heard them either.
            Told::Owed((nick, words)) if !closed => reading.differences.push(format!("owed: {nick}: {words}")),
            Told::Owed(_) => {}
            Told::Line(said, unreadable) => reading.line(&said, unreadable.is_some()),
        }
    }
    reading.end(closed);
    if reading.gaps > 0 { without_disorder(reading.differences) } else { reading.differences }
}

/// Beside a gap nobody can tell the order: a line that is told elsewhere is not missing.
fn without_disorder(differences: Vec<String>) -> Vec<String> {
    let (missing, rest): (Vec<_>, Vec<_>) = differences.into_iter().partition(|words| words.starts_with(MISSING));
    let (moved, mut others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|words| words.starts_with(MOVED));
    let mut elsewhere: Vec<String> = moved.iter().map(|words| words.replacen(MOVED, "", 1)).collect();
    for words in missing {
        match elsewhere.iter().position(|other| words.replacen(MISSING, "", 1) == *other) {
            Some(found) => drop(elsewhere.remove(found)),
            None => others.push(words),
        }
    }
    others.extend(elsewhere.into_iter().map(|words| format!("{MOVED}{words}")));
    others
}

/// The record has every language of a message, and its subject, each marked; a client hears one of them.
fn one_text_of(heard: &str, told: &str) -> bool {
    let unmarked = |text: &str| text.strip_prefix('[').and_then(|rest| Some(rest.split_once("] ")?.1 == heard));
    told.contains('[') && told.split('\n').any(|text| text == heard || unmarked(text) == Some(true))
}

struct Reading<'a> {
    room: &'a Room,
    /// How far the room was read.
    at: usize,
    /// What is missing here is missing for a reason that the transcript shows (or nobody of us was there yet).
    excused: bool,
    gaps: usize,
    differences: Vec<String>,
}

impl Reading<'_> {
    fn line(&mut self, said: &Said, unreadable: bool) {
        let rest = &self.room.heard[self.at..];
        let same = |heard: &Heard| match heard {
            Heard::Line(line) => line.0 == said.0 && (unreadable || line.1 == said.1 || one_text_of(&line.1, &said.1)),
            _ => false,
        };
        let Some(found) = rest.iter().position(same) else { return self.unheard(said) };
        for skipped in &rest[..found] {
            if let Heard::Line((nick, words)) = skipped
                && !self.excused
            {
                self.differences.push(format!("{MISSING}{nick}: {words}"));
            }
        }
        self.at += found + 1;
        self.excused = false;
    }

    /// Told, and not heard (any more).
    fn unheard(&mut self, (nick, words): &Said) {
        let line = Heard::Line((nick.clone(), words.clone()));
        let mut until_the_next = self.room.heard[self.at..].iter().take_while(|heard| !matches!(heard, Heard::Line(_)));
        if !self.room.whole || until_the_next.any(|heard| *heard == Heard::NobodyLeft) {
            return;
        }
        let before = self.room.heard[..self.at].contains(&line);
        let what = if before { MOVED } else { "never said: " };
        self.differences.push(format!("{what}{nick}: {words}"));
    }

    /// What was said after the desk had gone for good is not the desk's to record.
    fn end(&mut self, closed: bool) {
        let desk = self.room.heard.iter().rposition(|heard| matches!(heard, Heard::DeskCame | Heard::DeskGone));
        let gone = desk.filter(|at| closed && self.room.heard[*at] == Heard::DeskGone);
        let until = gone.unwrap_or(self.room.heard.len());
        for heard in self.room.heard.iter().take(until).skip(self.at) {
            if let Heard::Line((nick, words)) = heard
                && !self.excused
            {
                self.differences.push(format!("{MISSING}{nick}: {words}"));
            }
        }
    }
}

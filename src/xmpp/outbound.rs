//! What the desk wants said or asked, as stanzas.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use jid::{BareJid, Jid};
use xmpp::minidom::Element;
use xmpp::parsers::iq::Iq;
use xmpp::parsers::message::{Id, Lang, Message, MessageType};
use xmpp::parsers::presence::{Presence, Type as PresenceType};
use xmpp::parsers::stanza::Stanza;

use crate::desk::action::{Question, RoomSetup, Speech};
use crate::desk::event::Affiliation;
use crate::desk::guest_state::GuestState;
use crate::desk::ids::{MessageId, Nick, RoomJid, StanzaId};
use crate::desk::wording::Language;

use super::names;
use super::rooms::Rooms;
use super::xml::{Tag, cut, legal};

/// No words of ours are longer, in bytes: some servers refuse stanzas of more than 64 KiB, and escaped text may be five
/// times as long.
const BODY_MAX: usize = 10_000;

/// No attribute or short text of ours is longer, in bytes: parsers refuse attributes of more than 8 KiB.
const SHORT_MAX: usize = 1_024;

/// What is said, as a stanza; `None` where an address cannot be built.
pub(super) fn speak(speech: Speech, rooms: &Rooms) -> Option<Stanza> {
    match speech {
        Speech::Room { room, id, body, language, state } => {
            let to = Jid::from(room.bare().clone());
            let payloads = state.as_ref().map(|state| self::state(state).into()).into_iter().collect();
            Some(message(MessageType::Groupchat, to, Some(&id)).words(&body, language).with_payloads(payloads).into())
        }
        Speech::Direct { to, id, body, language } => Some(direct(to, &id, &body, language, rooms)),
        Speech::Invite { to, room, password, reason, id } => Some(invite(to, &room, password.as_deref(), &reason, &id)),
        Speech::Decline { room, to, reason } => Some(decline(&room, &to, &reason)),
        Speech::Leave { room, nick } => leave(&room, &nick),
        Speech::Available => Some(Presence::available().into()),
        Speech::Subscribe(jid) => Some(subscription(PresenceType::Subscribe, jid)),
        Speech::ApproveSubscription(jid) => Some(subscription(PresenceType::Subscribed, jid)),
        Speech::RefuseSubscription(jid) => Some(subscription(PresenceType::Unsubscribed, jid)),
        Speech::TellTime { to, id, time } => Some(tell_time(to, &id, time)),
    }
}

/// The goodbye of the whole session (RFC 6121, 4.5).
pub(super) fn goodbye() -> Stanza {
    Presence::unavailable().into()
}

/// Entering a room (XEP-0045, 7.2); `None` where the nick is no resource part.
pub(super) fn enter(room: &RoomJid, nick: &Nick, password: Option<&str>, history: u32) -> Option<Stanza> {
    let history = Tag::new("history", names::MUC).attribute("maxstanzas", &history.to_string());
    let password = password.map(|password| Tag::new("password", names::MUC).text(password));
    let muc = Tag::new("x", names::MUC).child(history).child_if(password);
    let presence = Presence::available().with_to(room.occupant(nick)?).with_payloads(vec![muc.into()]);
    Some(presence.into())
}

/// Whom a question goes to, and with which IQ. `None` for [`Question::Enter`], which is a presence.
pub(super) fn ask(question: &Question) -> Option<Inquiry> {
    match question {
        Question::Enter { .. } => None,
        Question::Describe { room } => Some(Inquiry::get(room, Tag::new("query", names::DISCO_INFO))),
        Question::Configure { room, setup } => Some(Inquiry::set(room, configuration(setup))),
        Question::ListAffiliated { room, affiliation } => {
            let item = Tag::new("item", names::MUC_ADMIN).attribute("affiliation", affiliation_name(*affiliation));
            Some(Inquiry::get(room, Tag::new("query", names::MUC_ADMIN).child(item)))
        }
        Question::Affiliate { room, jid, affiliation } => Some(Inquiry::set(room, affiliate(jid, *affiliation))),
        Question::Destroy { room, reason } => Some(Inquiry::set(room, destroy(reason))),
        Question::Archive { room, after } => Some(Inquiry::set(room, page(after.as_ref()))),
        Question::OwnArchive { after } => Some(Inquiry { whom: None, sets: true, payload: page(Some(after)) }),
        Question::SelfPing { room, nick } => {
            Some(Inquiry::of(room.occupant(nick)?.into(), Tag::new("ping", names::PING)))
        }
        Question::Silence { room, nick } => Some(Inquiry::set(room, role(nick, "visitor"))),
        Question::GiveVoice { room, nick } => Some(Inquiry::set(room, role(nick, "participant"))),
        Question::Roster => Some(Inquiry::of_our_account(Tag::new("query", names::ROSTER))),
    }
}

/// An IQ that only lacks its id.
#[derive(Debug)]
pub(super) struct Inquiry {
    /// Whom we ask; `None` = our own account.
    pub(super) whom: Option<Jid>,
    sets: bool,
    payload: Tag,
}

impl Inquiry {
    /// The stanza with this id. A question to an archive carries it inside, too: results come as messages (XEP-0313, 4.2).
    pub(super) fn with_id(self, id: String) -> Stanza {
        let Self { whom: to, sets, payload } = self;
        let payload = Element::from(payload);
        let queried = payload.is("query", names::ARCHIVE);
        let payload = if queried { Tag::from(payload).attribute("queryid", &id).into() } else { payload };
        let iq = if sets { Iq::Set { from: None, to, id, payload } } else { Iq::Get { from: None, to, id, payload } };
        iq.into()
    }

    /// A question to anybody.
    pub(super) fn of(whom: Jid, payload: Tag) -> Self {
        Self { whom: Some(whom), sets: false, payload }
    }

    /// A question to our own account.
    pub(super) fn of_our_account(payload: Tag) -> Self {
        Self { whom: None, sets: false, payload }
    }

    fn get(room: &RoomJid, payload: Tag) -> Self {
        Self::of(room.bare().clone().into(), payload)
    }

    fn set(room: &RoomJid, payload: Tag) -> Self {
        Self { whom: Some(room.bare().clone().into()), sets: true, payload }
    }
}

fn message(kind: MessageType, to: Jid, id: Option<&MessageId>) -> Message {
    let mut message = Message::new_with_type(kind, to);
    message.id = id.map(|id| Id(short(&id.0)));
    message
}

/// How the chat stands, for the guest's window: `urn:frontdesk:state:0`.
fn state(state: &GuestState) -> Tag {
    let tag = |stage: &str| Tag::new("state", names::STATE).attribute("stage", stage);
    match state {
        GuestState::Waiting { position, wait, message } => tag("waiting")
            .attribute_if("position", position.map(|position| position.to_string()).as_deref())
            .attribute_if("wait", wait.map(|wait| wait.as_secs().to_string()).as_deref())
            .attribute_if("message", message.then_some("1")),
        GuestState::AfterHours { opens } => tag("waiting")
            .attribute("hours", "closed")
            .attribute_if("opens", opens.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).as_deref()),
        GuestState::Offered { operator } => {
            tag("offered").attribute_if("operator", operator.as_deref().map(short).as_deref())
        }
        GuestState::Serving { operator } => tag("serving").attribute("operator", &short(operator)),
        GuestState::Closed => tag("closed"),
    }
}

trait Words {
    /// The message with these words.
    fn words(self, body: &str, language: Language) -> Self;
}

impl Words for Message {
    fn words(self, body: &str, language: Language) -> Self {
        self.with_body(Lang(language.tag().to_owned()), legal(cut(body, BODY_MAX)))
    }
}

/// To a person; or, through a room, to an occupant (XEP-0045, 7.5), which the empty element says.
fn direct(to: Jid, id: &MessageId, body: &str, language: Language, rooms: &Rooms) -> Stanza {
    let is_private = to.is_full() && rooms.of(&to).is_some();
    let mut message = message(MessageType::Chat, to, Some(id)).words(body, language);
    if is_private {
        message.payloads.push(Tag::new("x", names::MUC_USER).into());
    }
    message.into()
}

/// A direct invitation (XEP-0249), without a body: the desk always writes a message beside it that says how to enter,
/// and with a body here most clients would show the same thing twice.
fn invite(to: Jid, room: &RoomJid, password: Option<&str>, reason: &str, id: &MessageId) -> Stanza {
    let reason = (!reason.is_empty()).then(|| short(reason));
    let conference = Tag::new("x", names::CONFERENCE)
        .attribute("jid", &room.to_string())
        .attribute_if("password", password)
        .attribute_if("reason", reason.as_deref());
    message(MessageType::Normal, to, Some(id)).with_payloads(vec![conference.into()]).into()
}

fn decline(room: &RoomJid, to: &Jid, reason: &str) -> Stanza {
    let reason = Tag::new("reason", names::MUC_USER).text(&short(reason));
    let decline = Tag::new("decline", names::MUC_USER).attribute("to", to.as_str()).child(reason);
    let user = Tag::new("x", names::MUC_USER).child(decline);
    message(MessageType::Normal, room.bare().clone().into(), None).with_payloads(vec![user.into()]).into()
}

/// Leaving a room (XEP-0045, 7.14); `None` where the nick is no resource part.
pub(super) fn leave(room: &RoomJid, nick: &Nick) -> Option<Stanza> {
    Some(Presence::unavailable().with_to(room.occupant(nick)?).into())
}

fn subscription(kind: PresenceType, to: BareJid) -> Stanza {
    Presence::new(kind).with_to(to).into()
}

/// XEP-0202. The library's own type writes the offsets of Newfoundland and its like wrong.
fn tell_time(to: Jid, id: &str, time: DateTime<FixedOffset>) -> Stanza {
    let offset = Tag::new("tzo", names::TIME).text(&time.format("%:z").to_string());
    let utc = time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true);
    let payload = Tag::new("time", names::TIME).child(offset).child(Tag::new("utc", names::TIME).text(&utc));
    Iq::Result { from: None, to: Some(to), id: legal(id), payload: Some(payload.into()) }.into()
}

/// A partial form: what is not in it stays as it is (XEP-0045, 10.2).
/// How many lines of an archive are asked for at once. Prosody gives 50 at most.
pub(super) const PAGE_LINES: usize = 100;

fn page(after: Option<&StanzaId>) -> Tag {
    let max = Tag::new("max", names::PAGES).text(&PAGE_LINES.to_string());
    let after = after.map(|id| Tag::new("after", names::PAGES).text(&id.0));
    Tag::new("query", names::ARCHIVE).child(Tag::new("set", names::PAGES).child(max).child_if(after))
}

fn configuration(setup: &RoomSetup) -> Tag {
    let form = Tag::new("x", names::DATA_FORMS).attribute("type", "submit");
    let form = form.child(field("FORM_TYPE", names::MUC_ROOM_CONFIG));
    let form = values(setup)
        .into_iter()
        .fold(form, |form, (name, value)| form.child(field(&format!("muc#roomconfig_{name}"), value)));
    Tag::new("query", names::MUC_OWNER).child(form)
}

fn values(setup: &RoomSetup) -> Vec<(&'static str, &str)> {
    let mut values = Vec::new();
    if let Some(persistent) = setup.persistent {
        values.push(("persistentroom", if persistent { "1" } else { "0" }));
    }
    if setup.jids_for_moderators_only {
        values.push(("whois", "moderators"));
    }
    if setup.hidden {
        values.push(("publicroom", "0"));
    }
    if let Some(password) = &setup.password {
        values.push(("passwordprotectedroom", "1"));
        values.push(("roomsecret", password));
    }
    if let Some(name) = &setup.name {
        values.push(("roomname", cut(name, SHORT_MAX)));
    }
    if let Some(description) = &setup.description {
        values.push(("roomdesc", cut(description, SHORT_MAX)));
    }
    values
}

fn field(name: &str, value: &str) -> Tag {
    Tag::new("field", names::DATA_FORMS).attribute("var", name).child(Tag::new("value", names::DATA_FORMS).text(value))
}

fn role(nick: &Nick, role: &str) -> Tag {
    let item = Tag::new("item", names::MUC_ADMIN).attribute("nick", &nick.0).attribute("role", role);
    Tag::new("query", names::MUC_ADMIN).child(item)
}

fn affiliate(jid: &BareJid, affiliation: Affiliation) -> Tag {
    let item = Tag::new("item", names::MUC_ADMIN)
        .attribute("jid", jid.as_str())
        .attribute("affiliation", affiliation_name(affiliation));
    Tag::new("query", names::MUC_ADMIN).child(item)
}

fn destroy(reason: &str) -> Tag {
    let reason = Tag::new("reason", names::MUC_OWNER).text(&short(reason));
    Tag::new("query", names::MUC_OWNER).child(Tag::new("destroy", names::MUC_OWNER).child(reason))
}

fn affiliation_name(affiliation: Affiliation) -> &'static str {
    match affiliation {
        Affiliation::Owner => "owner",
        Affiliation::Admin => "admin",
        Affiliation::Member => "member",
        Affiliation::None => "none",
        Affiliation::Outcast => "outcast",
    }
}

fn short(text: &str) -> String {
    legal(cut(text, SHORT_MAX))
}

//! A room of our own at a MUC service: what may the desk do in rooms there?

use std::time::Duration;

use jid::BareJid;
use xmpp::minidom::Element;
use xmpp::parsers::stanza::Stanza;

use crate::desk::action::{Question, RoomSetup};
use crate::desk::event::{Affiliation, Answer, Condition, Event, OccupantPresent, RoomFeatures};
use crate::desk::ids::{Nick, RoomJid};
use crate::xmpp::inbound::{answer, hear_presence};
use crate::xmpp::names;
use crate::xmpp::outbound::{self, Inquiry};
use crate::xmpp::rooms::Rooms;
use crate::xmpp::visit::Unanswered;
use crate::xmpp::xml::Tag;

use super::{Rights, RoomFound, Survey, Trial, in_time};

/// What the room says it is for, should anybody see it.
const DESCRIPTION: &str = "frontdesk check: a trial, gone in a moment";
/// Our nick there.
const NICK: &str = "frontdesk check";
/// XEP-0045, 15.6.2: the room is new.
const CREATED: u16 = 201;
/// A room that ends needs a moment; more often than this we do not ask whether it is gone.
const LOOKS_MAX: usize = 5;
/// A room that is just ending may swallow the question.
const LOOK_LIMIT: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// The names of the configuration's fields begin with this (XEP-0045, 15.5.3).
const FIELD: &str = "muc#roomconfig_";
/// The fields that the desk sets in each room that it owns.
const NEEDED: [&str; 3] = ["persistentroom", "roomsecret", "whois"];

/// The whole trial, from making the room to seeing that it is gone.
pub(super) async fn run(survey: &mut Survey, service: &str) -> Trial {
    let name = format!("frontdesk-check-{:016x}", survey.jitter.draw());
    let Ok(room) = format!("{name}@{service}").parse::<RoomJid>() else {
        return Trial { found: Err(Unanswered::Refused(Condition::JidMalformed)), left_behind: None };
    };
    let found = match in_time(enter(survey, &room)).await {
        Ok(()) => Ok(look_around(survey, &room).await),
        Err(refused @ Unanswered::Refused(_)) => return Trial { found: Err(refused), left_behind: None },
        Err(unanswered) => Err(unanswered),
    };
    let gone = remove(survey, &room).await;
    Trial { found, left_behind: (!gone).then(|| room.to_string()) }
}

/// Makes the room by entering it.
async fn enter(survey: &mut Survey, room: &RoomJid) -> Result<(), Unanswered> {
    let mut rooms = Rooms::default();
    rooms.ask(room);
    let malformed = Unanswered::Refused(Condition::JidMalformed);
    let entry = outbound::enter(room, &Nick::from(NICK), None, 0).ok_or(malformed)?;
    survey.visit.send(entry).await?;
    loop {
        let Stanza::Presence(presence) = survey.visit.next().await? else { continue };
        match hear_presence(&presence, survey.visit.account(), &mut rooms) {
            Some(Event::EntryRefused { condition, .. }) => return Err(Unanswered::Refused(condition)),
            Some(Event::OccupantPresent(OccupantPresent { own: true, codes, .. })) => {
                return if codes.contains(&CREATED) { Ok(()) } else { Err(Unanswered::Refused(Condition::Conflict)) };
            }
            _ => {}
        }
    }
}

/// Sets the room up first: where rooms are persistent by default, this one must not be.
async fn look_around(survey: &mut Survey, room: &RoomJid) -> RoomFound {
    let setup = RoomSetup {
        persistent: Some(false),
        jids_for_moderators_only: true,
        password: Some(format!("{:016x}", survey.jitter.draw())),
        name: None,
        description: Some(DESCRIPTION.to_owned()),
        hidden: true,
    };
    let configured = ask(survey, &Question::Configure { room: room.clone(), setup }).await.map(drop);
    let withheld = withheld(survey, room).await;
    let features = describe(survey, room).await;
    let rights = match &features {
        Ok(features) if !features.persistent => rights(survey, room).await,
        Ok(_) => Rights::Unknown("rooms are persistent there, whatever their owner wants".to_owned()),
        Err(unanswered) => Rights::Unknown(unanswered.to_string()),
    };
    RoomFound { withheld, configured, features, rights }
}

/// The form that the room offers to its owner does not have what we may not set. A room that shows us no form at all
/// may still take one.
async fn withheld(survey: &mut Survey, room: &RoomJid) -> Vec<&'static str> {
    let form = Inquiry::of(room.bare().clone().into(), Tag::new("query", names::MUC_OWNER));
    let Ok(Some(query)) = survey.ask(form).await else { return Vec::new() };
    let Some(form) = query.get_child("x", names::DATA_FORMS) else { return Vec::new() };
    let offered: Vec<&str> = form.children().filter_map(|field| field.attr("var")?.strip_prefix(FIELD)).collect();
    NEEDED.into_iter().filter(|name| !offered.contains(name)).collect()
}

/// Whoever makes a room owns it, so this tells nothing of the rights in other people's rooms. So we make somebody else
/// the owner, step down, and try to destroy the room: only an admin of the service still can. The somebody is an
/// address that nobody has; whoever is not let destroy the room leaves it, and it ends.
async fn rights(survey: &mut Survey, room: &RoomJid) -> Rights {
    let own = survey.visit.account().clone();
    let stand_in = format!("frontdesk-check-{:016x}@{}", survey.jitter.draw(), own.domain());
    let Ok(stand_in) = stand_in.parse::<BareJid>() else { return Rights::Unknown("no address".to_owned()) };
    if let Err(unanswered) = affiliate(survey, room, stand_in, Affiliation::Owner).await {
        return Rights::Unknown(format!("nobody else can be made an owner: {unanswered}"));
    }
    match affiliate(survey, room, own, Affiliation::Member).await {
        Ok(()) => {}
        // COMPAT: an admin of the service cannot be lowered, says Prosody 0.12 with not-acceptable and ejabberd 23.01
        // with not-allowed. On both, an owner who is no admin and has another owner beside them can step down.
        Err(Unanswered::Refused(Condition::NotAcceptable | Condition::NotAllowed)) => return Rights::Admin,
        Err(unanswered) => return Rights::Unknown(format!("its owner cannot step down: {unanswered}")),
    }
    match destroy(survey, room).await {
        Ok(()) => Rights::Admin,
        Err(Unanswered::Refused(_)) => Rights::None,
        Err(unanswered) => Rights::Unknown(unanswered.to_string()),
    }
}

/// Destroys the room or, where that is not allowed any more, leaves it, which ends it; and looks whether it is gone.
async fn remove(survey: &mut Survey, room: &RoomJid) -> bool {
    if destroy(survey, room).await.is_err()
        && let Some(leaving) = outbound::leave(room, &Nick::from(NICK))
        && let Err(lost) = survey.visit.send(leaving).await
    {
        tracing::debug!("the room {room} ends with our connection: {lost}");
    }
    for _ in 0..LOOKS_MAX {
        match tokio::time::timeout(LOOK_LIMIT, describe(survey, room)).await {
            Ok(Err(Unanswered::Refused(Condition::ItemNotFound | Condition::Gone) | Unanswered::Lost(_))) => {
                return true;
            }
            Ok(_) => tokio::time::sleep(LOOK_PAUSE).await,
            Err(_) => {}
        }
    }
    false
}

async fn describe(survey: &mut Survey, room: &RoomJid) -> Result<RoomFeatures, Unanswered> {
    let question = Question::Describe { room: room.clone() };
    let payload = ask(survey, &question).await?;
    match answer::read(&question, payload.as_ref()) {
        Answer::Described(features) => Ok(features),
        _ => Ok(RoomFeatures::default()),
    }
}

async fn affiliate(
    survey: &mut Survey,
    room: &RoomJid,
    jid: BareJid,
    affiliation: Affiliation,
) -> Result<(), Unanswered> {
    ask(survey, &Question::Affiliate { room: room.clone(), jid, affiliation }).await.map(drop)
}

async fn destroy(survey: &mut Survey, room: &RoomJid) -> Result<(), Unanswered> {
    let reason = String::new();
    ask(survey, &Question::Destroy { room: room.clone(), reason }).await.map(drop)
}

/// As the desk asks.
async fn ask(survey: &mut Survey, question: &Question) -> Result<Option<Element>, Unanswered> {
    match outbound::ask(question) {
        Some(inquiry) => survey.ask(inquiry).await,
        None => Ok(None),
    }
}

//! What a result says, by the question that it answers.

use jid::BareJid;
use xmpp::minidom::Element;

use crate::desk::action::Question;
use crate::desk::event::{Answer, RoomFeatures};
use crate::xmpp::names;

use super::{address, archived, roster};

/// No room has more people of one affiliation that we care for.
const AFFILIATED_MAX: usize = 10_000;

/// Reads the payload of a result.
pub(in crate::xmpp) fn read(question: &Question, payload: Option<&Element>) -> Answer {
    match question {
        Question::Describe { .. } => Answer::Described(payload.map(features).unwrap_or_default()),
        Question::ListAffiliated { .. } => Answer::Affiliated(payload.map(affiliated).unwrap_or_default()),
        Question::Roster => Answer::Roster(payload.map(roster::items).unwrap_or_default()),
        Question::Archive { .. } | Question::OwnArchive { .. } => {
            Answer::Archived(payload.map(archived::end).unwrap_or_default())
        }
        Question::Enter { .. }
        | Question::Configure { .. }
        | Question::Affiliate { .. }
        | Question::SelfPing { .. }
        | Question::Silence { .. }
        | Question::GiveVoice { .. }
        | Question::Destroy { .. } => Answer::Done,
    }
}

fn features(query: &Element) -> RoomFeatures {
    let has = |name: &str| {
        query.children().any(|child| child.is("feature", names::DISCO_INFO) && child.attr("var") == Some(name))
    };
    RoomFeatures {
        members_only: has("muc_membersonly"),
        password: has("muc_passwordprotected"),
        real_jids_for_all: has("muc_nonanonymous"),
        persistent: has("muc_persistent"),
        stanza_ids: has(names::STANZA_IDS),
        occupant_ids: has(names::OCCUPANT_IDS),
        archive: has(names::ARCHIVE),
    }
}

fn affiliated(query: &Element) -> Vec<BareJid> {
    let items = query.children().filter(|child| child.is("item", names::MUC_ADMIN));
    items.filter_map(|item| address(item, "jid")).map(|jid| jid.to_bare()).take(AFFILIATED_MAX).collect()
}

//! Our roster, as our server tells it (RFC 6121, 2.1).

use jid::BareJid;
use xmpp::minidom::Element;

use crate::desk::event::RosterItem;
use crate::xmpp::names;

/// No roster has more items.
const ITEMS_MAX: usize = 10_000;

/// The items of a roster query. A removed item has no subscription.
pub(in crate::xmpp) fn items(query: &Element) -> Vec<RosterItem> {
    query.children().filter(|child| child.is("item", names::ROSTER)).filter_map(item).take(ITEMS_MAX).collect()
}

fn item(item: &Element) -> Option<RosterItem> {
    let jid = BareJid::new(item.attr("jid")?).ok()?;
    let subscription = item.attr("subscription").unwrap_or("none");
    Some(RosterItem { jid, to: matches!(subscription, "to" | "both"), from: matches!(subscription, "from" | "both") })
}

//! A transcript as one page that needs nothing else: no script, no font, no picture, no network.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Kept, harmless, rated};
use crate::desk::record::{ChatRecord, LineKind, LineRecord, Rating};

const STYLE: &str = include_str!("page.css");

/// The page may show what is in it and nothing else, whatever somebody wrote.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Writes one chat with its lines.
///
/// # Errors
/// What `out` says.
pub fn transcript(
    out: &mut impl Write,
    chat: &ChatRecord,
    lines: &[LineRecord],
    rating: Option<&Rating>,
) -> io::Result<()> {
    let content = html! { (head(chat, rating)) main { (told(lines)) } };
    writeln!(out, "{}", page(&title(chat), &content).into_string())
}

/// Writes several chats, one after the other.
///
/// # Errors
/// What `out` says.
pub fn chats(out: &mut impl Write, chats: &[Kept]) -> io::Result<()> {
    let content = html! { main { @for kept in chats { article { (head(&kept.chat, kept.rating.as_ref())) (told(&kept.lines)) } } } };
    writeln!(out, "{}", page("Chats", &content).into_string())
}

fn title(chat: &ChatRecord) -> String {
    format!("Chat {}", chat.id)
}

fn head(chat: &ChatRecord, rating: Option<&Rating>) -> Markup {
    html! { header { h1 { (title(chat)) } (facts(chat, rating)) } }
}

fn told(lines: &[LineRecord]) -> Markup {
    html! { @if lines.is_empty() { p { "Nothing was said." } } @else { ol { @for line in lines { (item(line)) } } } }
}

fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (content)
                footer { p { "Times are in UTC." } }
            }
        }
    }
}

fn facts(chat: &ChatRecord, rating: Option<&Rating>) -> Markup {
    let (outcome, closed_at) = super::ending(chat);
    html! {
        dl {
            dt { "Stage" } dd { (super::word(super::stage(chat))) }
            @if let Some(outcome) = outcome { dt { "Outcome" } dd { (super::word(outcome)) } }
            dt { "Queue" } dd { (foreign(&chat.queue.0)) }
            dt { "Guest" } dd { (foreign(chat.guest.as_str())) }
            @if let Some(operator) = &chat.operator { dt { "Operator" } dd { (foreign(operator.as_str())) } }
            dt { "Room" } dd { (foreign(chat.room.bare().as_str())) }
            dt { "Opened" } dd { (time(chat.opened_at, "%Y-%m-%d %H:%M:%S")) }
            @if let Some(at) = closed_at { dt { "Closed" } dd { (time(at, "%Y-%m-%d %H:%M:%S")) } }
            @if let Some(rating) = rating { dt { "Rating" } dd { (foreign(&rated(rating))) } }
        }
    }
}

fn item(line: &LineRecord) -> Markup {
    html! {
        li class=(class(line)) {
            (time(line.at, "%H:%M:%S"))
            " " span.speaker { (super::word(line.speaker)) }
            " " @match super::occurrence(line) {
                Some(what) => span.what { (foreign(&what)) },
                None => span.nick { (foreign(&super::who(line))) },
            }
            @for remark in super::remarks(line) { " " em { (remark) } }
            @if !line.body.is_empty() { p dir="auto" { (body(&line.body)) } }
        }
    }
}

fn class(line: &LineRecord) -> String {
    let manner = match line.kind {
        LineKind::Said => "words",
        LineKind::Owed => "words owed",
        LineKind::Unreadable => "words unreadable",
        LineKind::Gap => "event gap",
        _ => "event",
    };
    format!("{manner} {}", super::word(line.speaker))
}

/// Text from outside: it cannot change the direction of what stands around it.
fn foreign(text: &str) -> Markup {
    html! { bdi { (harmless::one_line(text)) } }
}

fn body(text: &str) -> String {
    harmless::lines(text).collect::<Vec<_>>().join("\n")
}

fn time(at: DateTime<Utc>, format: &str) -> Markup {
    let full = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    html! { time datetime=(full) title=(full) { (at.format(format)) } }
}

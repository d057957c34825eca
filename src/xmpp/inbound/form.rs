//! The form that a guest brings along (XEP-0004): typed, bounded, and no more than their word.

use xmpp::minidom::Element;

use crate::desk::facts::{Brought, Token, Value};
use crate::xmpp::names;
use crate::xmpp::xml::cut;

/// So many fields are looked at; a page knows a dozen things of its visitor.
const FIELDS_MAX: usize = 32;
/// No field's name is longer, in bytes.
const NAME_MAX: usize = 64;
/// So much of a text is kept, in bytes: an address of a page may be long.
const TEXT_MAX: usize = 1_024;
/// So many of a field's values are kept.
const VALUES_MAX: usize = 16;

/// The field with the signed token.
const TOKEN: &str = "token";

/// What the guest brought with a direct invitation: as a form beside it or within it. Of two forms, and of two fields of
/// one name, neither counts: nobody can say which is meant.
pub(super) fn brought(payloads: &[Element], conference: &Element) -> Brought {
    let within: Vec<&Element> = conference.children().collect();
    let mut forms = payloads.iter().chain(within).filter(|form| is_ours(form));
    match (forms.next(), forms.next()) {
        (Some(form), None) => read(form),
        _ => Brought::default(),
    }
}

fn is_ours(form: &Element) -> bool {
    form.is("x", names::DATA_FORMS)
        && form.attr("type") == Some("submit")
        && only(fields(form).filter(|field| field.attr("var") == Some("FORM_TYPE")))
            .is_some_and(|field| only(values(field)).is_some_and(|value| value == names::GUEST))
}

fn fields(form: &Element) -> impl Iterator<Item = &Element> {
    form.children().filter(|child| child.is("field", names::DATA_FORMS)).take(FIELDS_MAX)
}

fn values(field: &Element) -> impl Iterator<Item = String> {
    field.children().filter(|child| child.is("value", names::DATA_FORMS)).map(Element::text)
}

fn read(form: &Element) -> Brought {
    let mut brought = Brought::default();
    for field in fields(form) {
        let Some(name) = field.attr("var").and_then(name_of) else { continue };
        if only(fields(form).filter(|other| other.attr("var").and_then(name_of).as_ref() == Some(&name))).is_none() {
            continue;
        }
        if name == TOKEN {
            brought.token = only(values(field)).and_then(|value| Token::new(value.trim()));
        } else if let Some(value) = value_of(field) {
            // Beyond what is kept of a guest it comes to nothing.
            let _ = brought.said.add(name, value);
        }
    }
    brought
}

/// As conditions can write it: `customer-id` is `customer_id`.
fn name_of(name: &str) -> Option<String> {
    let name = name.replace('-', "_");
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    (first && name.len() <= NAME_MAX && name.bytes().all(good)).then_some(name)
}

/// XEP-0004, 3.3. A field without a type is a text; where it has several values, a list.
fn value_of(field: &Element) -> Option<Value> {
    match field.attr("type") {
        Some("boolean") => match only(values(field))?.as_str() {
            "1" | "true" => Some(Value::Boolean(true)),
            "0" | "false" => Some(Value::Boolean(false)),
            _ => None,
        },
        Some("list-multi" | "jid-multi") => list_of(field),
        Some("text-multi") => {
            let lines: Vec<String> = values(field).take(VALUES_MAX).collect();
            text_of(&lines.join("\n"))
        }
        Some("text-single" | "text-private" | "list-single" | "jid-single" | "hidden") => {
            text_of(&only(values(field))?)
        }
        Some(_) => None,
        None if values(field).nth(1).is_some() => list_of(field),
        None => text_of(&only(values(field))?),
    }
}

fn list_of(field: &Element) -> Option<Value> {
    let items: Vec<Value> = values(field).take(VALUES_MAX).filter_map(|value| text_of(&value)).collect();
    (!items.is_empty()).then_some(Value::List(items))
}

fn text_of(text: &str) -> Option<Value> {
    let text = cut(text.trim(), TEXT_MAX);
    (!text.is_empty()).then(|| Value::from(text))
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

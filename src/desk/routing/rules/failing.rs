//! Why a condition cannot be asked, as far as that is sure. Where a CRM does not know a guest, all that is asked of what it knows fails,
//! and a thousand rules should not take longer for that.

use super::condition::Failure;
use super::known::Known;
use super::scene::Found;
use super::sight::Sight;
use super::sure::{Order, Term};
use super::ways::{Side, Subject};

impl Term<usize> {
    /// Why it fails. Nothing where it does not, or where only CEL knows.
    pub(super) fn fails(&self, sight: Sight<'_, '_>) -> Option<Failure> {
        match self {
            Self::At(path) => missing(sight.at(*path)?),
            Self::Item(path) => missing(sight.item(*path)?),
            Self::Size(part)
            | Self::Lower(part)
            | Self::Written(part)
            | Self::Cut(part)
            | Self::Pointed(part)
            | Self::Negative(part) => part.fails(sight),
            Self::Sum(_, both) => first([&both.0, &both.1], sight),
            Self::Listed(parts) => first(parts, sight),
            Self::Text(_) | Self::Whole(_) | Self::Real(_) | Self::Mapped(_) | Self::Part(_) | Self::Unknown => None,
            _ => self.answer(sight)?.err(),
        }
    }
}

impl Subject {
    /// Why whatever compares it fails, and nothing else is asked; the same for all that do.
    pub(super) fn fails(&self, sight: Sight<'_, '_>) -> Option<Failure> {
        match self {
            Self::Text(_, term) | Self::Value(term) => term.fails(sight),
            Self::Whole(side, term) => match term.known(sight) {
                Some(known) if *side != Side::On => misfit(Order::Greater, &known, &Known::Whole(0)),
                Some(_) => None,
                None => term.fails(sight),
            },
            Self::AnyText(_, list, column) | Self::AnyWhole(_, list, column) | Self::AnyValue(list, column) => {
                all_missing(*list, *column, sight)
            }
        }
    }
}

/// The list is not there, or none of its items has something at that place.
fn all_missing(list: usize, column: usize, sight: Sight<'_, '_>) -> Option<Failure> {
    let Some(mut rows) = sight.rows(list) else { return missing(sight.at(list)?) };
    rows.all(|row| row.item(column).is_some_and(|found| missing(found).is_some())).then_some(Failure::Missing)
}

pub(super) fn missing(found: &Found<'_>) -> Option<Failure> {
    match found {
        Found::Absent | Found::Unreached => Some(Failure::Missing),
        Found::Value(_) | Found::Facts | Found::Broken => None,
    }
}

/// Of terms that are asked one after the other: why the first fails that is not known.
pub(super) fn first<'t>(terms: impl IntoIterator<Item = &'t Term<usize>>, sight: Sight<'_, '_>) -> Option<Failure> {
    terms.into_iter().find(|term| term.known(sight).is_none())?.fails(sight)
}

/// Two values of which none comes before the other.
pub(super) fn misfit(order: Order, one: &Known<'_>, other: &Known<'_>) -> Option<Failure> {
    let misfit = match (one, other) {
        (Known::Text(_), other) | (other, Known::Text(_)) => matches!(other, Known::Whole(_) | Known::Real(_)),
        _ => false,
    };
    (misfit && !matches!(order, Order::Equal | Order::NotEqual)).then_some(Failure::Kind)
}

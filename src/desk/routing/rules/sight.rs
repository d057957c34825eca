//! What conditions look at, found once for each decision: so looking again costs no more than counting.

use std::cell::{Cell, OnceCell};

use super::holding::Answer;
use super::scene::{Found, Scene, value_at};
use super::sure::{Path, Term};
use crate::desk::facts::Value;

/// Every place that some conditions look at, each with a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Places {
    /// In order.
    paths: Vec<Path>,
    /// Where loops look in what they go through, in order: for each path of a list. Mostly there is none.
    columns: Vec<Vec<Path>>,
}

/// What is at each of the places.
#[derive(Debug)]
pub(super) struct Views<'a> {
    found: Vec<Found<'a>>,
    columns: &'a [Vec<Path>],
    /// For each list what is at each place of each of its items, one after the other; made when a loop comes there.
    tables: Vec<OnceCell<Vec<Found<'a>>>>,
    shared: &'a [Term<usize>],
    /// What each of these comes to, once it was asked.
    answers: Vec<Cell<Option<Answer>>>,
}

/// What a term sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a, 'v> {
    views: &'a Views<'v>,
    /// What a loop looks at.
    row: &'a [Found<'v>],
}

impl Places {
    /// The places of these terms.
    pub(super) fn of<'a>(terms: impl Iterator<Item = &'a Term>) -> Self {
        let (mut paths, mut items) = (Vec::new(), Vec::new());
        terms.for_each(|term| {
            term.paths(None, &mut |path, list| match list {
                None => paths.push(path.clone()),
                Some(list) => items.push((list, path)),
            });
        });
        paths.sort_unstable();
        paths.dedup();
        items.sort_unstable();
        items.dedup();
        let of = |list: &Path| items.iter().filter(|(of, _)| *of == list).map(|(_, path)| (*path).clone()).collect();
        Self { columns: paths.iter().map(of).collect(), paths }
    }

    /// The number of a path, in the list if it begins in one. A path that is not there comes behind all that are, where nothing is known.
    pub(super) fn number(&self, path: &Path, list: Option<&Path>) -> usize {
        let of = |paths: &[Path], path: &Path| paths.binary_search(path).unwrap_or(usize::MAX);
        match list {
            None => of(&self.paths, path),
            Some(list) => self.columns.get(of(&self.paths, list)).map_or(usize::MAX, |columns| of(columns, path)),
        }
    }

    /// What is there, in this scene; and parts that are looked at more than once.
    pub(super) fn seen<'a>(&'a self, scene: &'a Scene<'_>, shared: &'a [Term<usize>]) -> Views<'a> {
        Views {
            found: self.paths.iter().map(|path| scene.find(path)).collect(),
            columns: &self.columns,
            tables: self.paths.iter().map(|_| OnceCell::new()).collect(),
            shared,
            answers: vec![Cell::new(None); shared.len()],
        }
    }
}

impl<'v> Views<'v> {
    /// All of it, outside of loops.
    pub(super) fn sight(&self) -> Sight<'_, 'v> {
        Sight { views: self, row: &[] }
    }
}

impl<'a, 'v> Sight<'a, 'v> {
    /// What is at the place with this number.
    pub(super) fn at(self, number: usize) -> Option<&'a Found<'v>> {
        self.views.found.get(number)
    }

    /// What is there in what the loop looks at.
    pub(super) fn item(self, number: usize) -> Option<&'a Found<'v>> {
        self.row.get(number)
    }

    /// Does the shared part with this number hold?
    pub(super) fn shared(self, number: usize) -> Answer {
        let cell = self.views.answers.get(number)?;
        cell.get().unwrap_or_else(|| {
            let answer = self.views.shared.get(number).and_then(|part| part.answer(self.views.sight()));
            cell.set(Some(answer));
            answer
        })
    }

    /// The items of the list at this place, one by one. Nothing where there is no list.
    pub(super) fn rows(self, number: usize) -> Option<impl Iterator<Item = Self>> {
        let (Some(Found::Value(Value::List(list))), Some(columns)) = (self.at(number), self.views.columns.get(number))
        else {
            return None;
        };
        let cells = || list.iter().flat_map(|item| columns.iter().map(move |path| value_at(item, path))).collect();
        let table = self.views.tables.get(number)?.get_or_init(cells);
        let width = columns.len();
        let row = move |index: usize| table.get(index * width..(index + 1) * width).unwrap_or_default();
        Some((0..list.len()).map(move |index| Self { row: row(index), ..self }))
    }
}

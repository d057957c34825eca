//! The second look: what speaks for a candidate. How much of the question it covers, how much of its best single unit
//! the question covers, and how alike the two look.

use super::gather::Candidate;
use super::index::{Index, Unit};
use super::question::Question;
use super::string_grams::{Looks, grams_of_forms};

/// How many signs there are.
pub const SIGNS: usize = 14;

/// Their names, for those who read the fitted weights.
pub const SIGN_NAMES: [&str; SIGNS] = [
    "impact",
    "same language",
    "covered by units",
    "covered",
    "unit covered",
    "cosine",
    "order",
    "exact",
    "unit exact",
    "rarest word",
    "looks",
    "both covered",
    "second unit",
    "looks of all",
];

/// The number of the sign that is nothing where neither title nor aliases have any of the words.
pub(super) const COVERED_BY_UNITS: usize = 2;

/// The number of the sign that says how much question and unit cover each other.
pub(super) const BOTH_COVERED: usize = 11;

/// What is said for a candidate, by number.
pub type Signs = [f32; SIGNS];

/// How many units of an entry are compared; an entry with more has them all in the index, so it is found by each.
const UNITS_MAX: usize = 256;

/// The question, ready to be held against many units.
pub(super) struct Comparison<'a> {
    index: &'a Index,
    question: &'a Question,
    /// For each term that fills a slot: which, and how well.
    fits: Fits,
    norm: f32,
    rarest: Option<usize>,
    looks: Looks<'a>,
}

/// Which terms fill which slots.
struct Fits {
    /// In ascending order of the terms: the term, the slot, how well.
    fits: Vec<(u32, usize, f32)>,
    /// A bit for each term's last eight bits: most terms of most units fill nothing.
    some: [u64; 4],
}

impl Fits {
    /// The best slot for each term.
    fn of(question: &Question) -> Self {
        let slots = question.slots.iter().enumerate();
        let each = slots.flat_map(|(slot, there)| there.terms.iter().map(move |(term, fit)| (*term, slot, *fit)));
        let mut fits: Vec<(u32, usize, f32)> = each.collect();
        fits.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        fits.dedup_by_key(|(term, ..)| *term);
        let mut some = [0_u64; 4];
        for (term, ..) in &fits {
            some.get_mut((term >> 6 & 3) as usize).into_iter().for_each(|bits| *bits |= 1 << (term & 63));
        }
        Self { fits, some }
    }

    fn get(&self, term: u32) -> Option<(usize, f32)> {
        let bits = self.some.get((term >> 6 & 3) as usize)?;
        if bits >> (term & 63) & 1 == 0 {
            return None;
        }
        let place = self.fits.binary_search_by_key(&term, |(there, ..)| *there).ok()?;
        self.fits.get(place).map(|(_, slot, fit)| (*slot, *fit))
    }
}

/// How well one unit fits.
#[derive(Debug, Clone, Copy, Default)]
struct UnitFit {
    total: f32,
    covered: f32,
    unit_covered: f32,
    cosine: f32,
    order: f32,
    exact: f32,
    unit_exact: f32,
    rarest: f32,
    looks: f32,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(index: &'a Index, question: &'a Question) -> Self {
        let norm = question.slots.iter().map(|slot| slot.weight * slot.weight).sum::<f32>().sqrt();
        let filled = question.slots.iter().enumerate().filter(|(_, slot)| !slot.terms.is_empty());
        let rarest = filled.max_by(|a, b| a.1.weight.total_cmp(&b.1.weight)).map(|(number, _)| number);
        let grams = grams_of_forms(question.slots.iter().map(|slot| slot.form.as_str()));
        let looks = Looks::of(&grams, &index.gram_weights);
        Self { index, question, fits: Fits::of(question), norm, rarest, looks }
    }

    /// What speaks for the candidate, in the order of [`SIGN_NAMES`].
    pub(super) fn signs(&self, candidate: &Candidate) -> Signs {
        let mut covered_by_any = vec![0.0_f32; self.question.slots.len()];
        let units = self.index.units.get(candidate.entry);
        let mut filling = Filling::default();
        let fit = |unit| self.unit_fit(unit, &mut filling, &mut covered_by_any);
        let fits: Vec<UnitFit> = units.iter().take(UNITS_MAX).map(fit).collect();
        let best = fits.iter().copied().reduce(|best, fit| if fit.total > best.total { fit } else { best });
        let best = best.unwrap_or_default();
        let mut totals: Vec<f32> = fits.iter().map(|fit| fit.total).collect();
        totals.sort_by(|a, b| b.total_cmp(a));
        let looks = fits.iter().map(|fit| fit.looks).sum::<f32>() / fits.len().max(1) as f32;
        [
            candidate.impact,
            candidate.same_language,
            self.share(&covered_by_any, |_| true),
            best.covered,
            best.unit_covered,
            best.cosine,
            best.order,
            best.exact,
            best.unit_exact,
            best.rarest,
            best.looks,
            (best.covered * best.unit_covered).sqrt(),
            totals.get(1).copied().unwrap_or_default(),
            looks,
        ]
    }

    /// How much of the question's words that are no stop words an entry covers, in its units.
    pub(super) fn telling_covered(&self, entry: usize) -> f32 {
        let mut covered = vec![0.0_f32; self.question.slots.len()];
        for unit in self.index.units.get(u32::try_from(entry).unwrap_or(u32::MAX)).iter().take(UNITS_MAX) {
            self.unit_fit(unit, &mut Filling::default(), &mut covered);
        }
        let telling = self.question.slots.iter().zip(&covered).filter(|(slot, _)| !slot.stop);
        let (sum, all) =
            telling.fold((0.0, 0.0), |(sum, all), (slot, fit)| (sum + slot.weight * fit, all + slot.weight));
        sum / f32::max(all, f32::MIN_POSITIVE)
    }

    fn unit_fit(&self, unit: &Unit, filling: &mut Filling, covered_by_any: &mut [f32]) -> UnitFit {
        filling.empty(covered_by_any.len());
        for term in self.index.unit_terms.get(unit.number) {
            if let Some((slot, fit)) = self.fits.get(*term) {
                let weight = self.index.weights.get(*term as usize).copied().unwrap_or_default();
                let asked = self.question.slots.get(slot).map_or(0.0, |slot| slot.weight);
                filling.put(slot, fit, weight, asked);
            }
        }
        covered_by_any.iter_mut().zip(&filling.slots).for_each(|(any, fit)| *any = any.max(*fit));
        let looks = self.looks.likeness(self.index.unit_grams.get(unit.number), unit.looks_norm);
        self.judge(unit, filling, looks)
    }

    fn judge(&self, unit: &Unit, filling: &Filling, looks: f32) -> UnitFit {
        let unit_weight = unit.weight.max(f32::MIN_POSITIVE);
        let covered = self.share(&filling.slots, |_| true);
        let unit_covered = filling.unit / unit_weight;
        let cosine = filling.product / (self.norm * unit.norm).max(f32::MIN_POSITIVE);
        let order = filling.order / self.question.weight.max(f32::MIN_POSITIVE);
        UnitFit {
            total: 0.4 * covered + 0.3 * unit_covered + 0.5 * cosine + 0.2 * order + 0.5 * looks,
            covered,
            unit_covered,
            cosine,
            order,
            exact: self.share(&filling.slots, |fit| fit >= 1.0),
            unit_exact: filling.unit_exact / unit_weight,
            rarest: self.rarest.and_then(|slot| filling.slots.get(slot)).copied().unwrap_or_default(),
            looks,
        }
    }

    /// How much of the question's weight is covered.
    fn share(&self, slots: &[f32], counts: impl Fn(f32) -> bool) -> f32 {
        let covered = self.question.slots.iter().zip(slots).filter(|(_, fit)| counts(**fit));
        covered.map(|(slot, fit)| slot.weight * fit).sum::<f32>() / self.question.weight.max(f32::MIN_POSITIVE)
    }
}

/// A unit's terms, put into the question's slots.
#[derive(Default)]
struct Filling {
    slots: Vec<f32>,
    /// The weight of the unit's terms that fill a slot, of those that fill it exactly, and of both sides' weights.
    unit: f32,
    unit_exact: f32,
    product: f32,
    /// The weight of words that follow each other in both.
    order: f32,
    last: Option<(usize, f32)>,
}

impl Filling {
    fn empty(&mut self, slots: usize) {
        let mut kept = std::mem::take(&mut self.slots);
        kept.clear();
        kept.resize(slots, 0.0);
        *self = Self { slots: kept, ..Self::default() };
    }

    fn put(&mut self, slot: usize, fit: f32, weight: f32, asked: f32) {
        if let Some(there) = self.slots.get_mut(slot)
            && *there < fit
        {
            let more = weight * (fit - *there);
            self.unit += more;
            self.product += more * asked;
            if fit >= 1.0 {
                self.unit_exact += weight;
            }
            *there = fit;
        }
        if let Some((last, last_asked)) = self.last
            && slot == last + 1
        {
            self.order += asked.min(last_asked);
        }
        self.last = Some((slot, asked));
    }
}

//! Measures how good the FAQ's answers are, on questions whose right answers are known.

mod dataset;
mod measures;
mod run;

pub use dataset::{Dataset, DatasetEntry, Query};
pub use measures::{Figures, HEADING, Verdicts};
pub use run::{Line, judge, run};

//! The fitted weights. Written by `examples/faq_fit.rs`, which says how; not to be changed by hand.

use super::confidence::GROUNDS;
use super::features::SIGNS;

/// What each sign is worth for the order of the candidates, in nats.
pub(super) const ORDER: [f32; SIGNS] = [
    9.066, // impact
    3.996, // same language
    0.000, // covered by units
    0.000, // covered
    0.767, // unit covered
    0.000, // cosine
    0.000, // order
    0.000, // exact
    0.439, // unit exact
    0.300, // rarest word
    3.468, // looks
    0.000, // both covered
    2.504, // second unit
    5.066, // looks of all
];

/// What each ground is worth for the confidence, in nats.
pub(super) const CONFIDENCE: [f32; GROUNDS] = [
    3.337,  // impact
    -3.518, // same language
    -1.205, // covered by units
    2.451,  // covered
    1.328,  // unit covered
    -1.561, // cosine
    -3.294, // order
    -1.465, // exact
    0.209,  // unit exact
    0.317,  // rarest word
    4.033,  // looks
    -0.977, // both covered
    -0.470, // second unit
    -0.921, // looks of all
    1.711,  // ahead of all
    0.002,  // ahead of the second
    0.070,  // score
    -1.382, // unknown words
    0.481,  // covered without stop words
    0.040,  // words
    0.928,  // telling words
    3.373,  // impact ahead
];

/// What the confidence begins with, in nats.
pub(super) const CONFIDENCE_BEGIN: f32 = -1.529;

//! Random numbers: one stream for each object, so that classes and indices do not disturb one another.

use rand::RngExt as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Star = 1,
    Vanished = 2,
    HighProperMotion = 3,
    Asteroid = 4,
    Scratch = 5,
    Hair = 6,
    Dust = 7,
    EmulsionSpot = 8,
    Trail = 9,
    Gaia = 10,
    Ps1 = 11,
    Usnob = 12,
    Tycho2 = 13,
    Grain = 14,
    UnmeasuredMotion = 15,
    FalseMotion = 16,
    FieldStar = 17,
    HotPixel = 18,
    CosmicRay = 19,
    BiasFrame = 20,
    DarkFrame = 21,
    FlatFrame = 22,
    LightFrame = 23,
}

/// The stream of object `index` of `class`.
pub(crate) fn stream(seed: u64, class: Class, index: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(((class as u64) << 40) | index);
    random
}

/// A number in `[low, high)`.
pub(crate) fn uniform(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.random::<f64>()
}

/// Two independent standard normal deviates (Box & Muller 1958, Ann. Math. Statist. 29, 610) from two uniform 64-bit words.
pub(crate) fn normal_pair(random: &mut ChaCha8Rng) -> (f64, f64) {
    let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    let radius = (-2.0 * libm::log(u)).sqrt();
    let (sin, cos) = libm::sincos(std::f64::consts::TAU * v);
    (radius * cos, radius * sin)
}

/// A normal deviate of standard deviation `sigma`.
pub(crate) fn normal(random: &mut ChaCha8Rng, sigma: f64) -> f64 {
    sigma * normal_pair(random).0
}

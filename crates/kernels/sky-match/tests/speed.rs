//! The gates on time: 50,000 x 50,000 within a second, 100,000 rows grouped within half a second.
#![allow(clippy::print_stderr, reason = "a timed test prints what it measured")]

use std::time::Instant;

use rand::{RngExt as _, SeedableRng as _};
use sky_coords::SkyPos;
use sky_match::{group_within, match_all};

/// Other programs may have the machine: the best of several runs counts.
const TRIES: usize = 5;

fn field(n: usize, seed: u64) -> Vec<SkyPos> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| SkyPos::new(random.random_range(149.5..150.5), random.random_range(19.5..20.5))).collect()
}

fn best_seconds<T>(work: impl Fn() -> T) -> (f64, T) {
    let timed = || {
        let start = Instant::now();
        let answer = work();
        (start.elapsed().as_secs_f64(), answer)
    };
    (1..TRIES).fold(timed(), |best, _| {
        let next = timed();
        if next.0 < best.0 { next } else { best }
    })
}

#[test]
fn fifty_thousand_squared_take_less_than_a_second() {
    let (detections, references) = (field(50_000, 1), field(50_000, 2));
    let (seconds, found) = best_seconds(|| match_all(&detections, &references, 5.0).expect("5 arcsec is a radius"));
    eprintln!("50,000 x 50,000 within 5 arcsec: {} pairs in {seconds:.3} s", found.pairs.len());
    // 50,000 stars in 0.94 square degrees, pi 25 arcsec^2: 0.322 pairs a detection.
    assert!((15_000..17_500).contains(&found.pairs.len()), "{} pairs, 16,100 expected", found.pairs.len());
    assert!(seconds < 1.0, "took {seconds:.3} s, 1 s allowed");
}

#[test]
fn a_hundred_thousand_rows_are_grouped_in_half_a_second() {
    let mut positions = field(90_000, 3);
    positions.extend_from_within(..10_000);
    let (seconds, groups) = best_seconds(|| group_within(&positions, 0.25).expect("0.25 arcsec is a radius"));
    let joined = groups.iter().enumerate().filter(|(i, group)| i != *group).count();
    eprintln!("100,000 rows grouped within 0.25 arcsec: {joined} joined in {seconds:.3} s");
    assert!(joined >= 10_000, "{joined} rows joined, the 10,000 copies expected");
    assert!(seconds < 0.5, "took {seconds:.3} s, 0.5 s allowed");
}

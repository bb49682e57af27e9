//! STILTS `tskymatch2` gives the same pairs.
#![allow(clippy::print_stderr, reason = "a comparison prints how many rows it compared")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use rand::{RngExt as _, SeedableRng as _};
use sky_coords::SkyPos;
use sky_match::{CrossMatch, match_all};

const RADIUS_ARCSEC: f64 = 5.0;
/// Agreement of separations, arc seconds (survey gate).
const SEPARATION_TOLERANCE_ARCSEC: f64 = 1.0e-4;

type Separations = BTreeMap<(usize, usize), f64>;

/// Twelve decimals: STILTS reads a column of short numbers as 32-bit floats.
fn write(path: &Path, id: &str, positions: &[SkyPos]) {
    let mut text = format!("{id},ra_{id},dec_{id}\n");
    for (i, place) in positions.iter().enumerate() {
        text.push_str(&format!("{i},{:.12},{:.12}\n", place.ra_deg, place.dec_deg));
    }
    std::fs::write(path, text).expect("the folder can be written");
}

fn stilts(program: &Path, find: &str, detections: &[SkyPos], references: &[SkyPos]) -> Separations {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (one, two, out) = (folder.path().join("1.csv"), folder.path().join("2.csv"), folder.path().join("out.csv"));
    write(&one, "det", detections);
    write(&two, "ref", references);
    let run = Command::new(program)
        .args(["tskymatch2", "ifmt1=csv", "ifmt2=csv", "ofmt=csv", "join=1and2"])
        .args(["ra1=ra_det", "dec1=dec_det", "ra2=ra_ref", "dec2=dec_ref"])
        .args([format!("find={find}"), format!("error={RADIUS_ARCSEC}")])
        .args([("in1", &one), ("in2", &two), ("out", &out)].map(|(key, path)| format!("{key}={}", path.display())))
        .output()
        .expect("stilts starts");
    assert!(run.status.success(), "stilts: {}", String::from_utf8_lossy(&run.stderr));
    let mut reader = csv::Reader::from_path(&out).expect("stilts wrote a table");
    let header = reader.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name);
    let (Some(det), Some(reference), Some(separation)) = (at("det"), at("ref"), at("Separation")) else {
        // Without a pair STILTS writes no separation.
        assert_eq!(reader.records().count(), 0, "columns {header:?}");
        return Separations::new();
    };
    reader
        .records()
        .map(|record| {
            let record = record.expect("a row");
            let whole = |i: usize| record[i].parse::<usize>().expect("an index");
            ((whole(det), whole(reference)), record[separation].parse().expect("a separation"))
        })
        .collect()
}

fn ours(found: &CrossMatch, best_only: bool) -> Separations {
    let chosen = found.pairs.iter().filter(|pair| pair.best1 || !best_only);
    chosen.map(|pair| ((pair.detection, pair.reference), pair.separation_arcsec)).collect()
}

/// Detections around 4,000 references: one in three twice, one in four without a star; across RA 0 and a pole.
fn scene(ra_deg: f64, dec_deg: f64, seed: u64) -> (Vec<SkyPos>, Vec<SkyPos>) {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut around = |ra: f64, dec: f64, spread_deg: f64| {
        let mut dec = dec + random.random_range(-spread_deg..spread_deg);
        let mut ra = ra;
        if dec > 90.0 {
            (dec, ra) = (180.0 - dec, ra + 180.0);
        }
        SkyPos::new(ra + random.random_range(-spread_deg..spread_deg) / libm::cos(dec.to_radians()).max(1e-3), dec)
    };
    let references: Vec<SkyPos> = (0..4_000).map(|_| around(ra_deg, dec_deg, 0.4)).collect();
    let mut detections = Vec::new();
    for (i, star) in references.iter().enumerate() {
        if i % 4 == 0 {
            detections.push(around(ra_deg, dec_deg, 0.4));
        } else {
            detections.push(around(star.ra_deg, star.dec_deg, 2.0 / 3600.0));
        }
        if i % 3 == 0 {
            detections.push(around(star.ra_deg, star.dec_deg, 3.0 / 3600.0));
        }
    }
    (detections, references)
}

#[test]
fn pairs_and_best1_equal_those_of_stilts() {
    let Some(program) = test_sky::tool("stilts") else { return };
    for (seed, (ra, dec)) in [(150.0, 20.0), (0.0, -30.0), (200.0, 89.9)].into_iter().enumerate() {
        let (detections, references) = scene(ra, dec, seed as u64);
        let found = match_all(&detections, &references, RADIUS_ARCSEC).expect("5 arcsec is a radius");
        for (find, best_only) in [("all", false), ("best1", true)] {
            let (mine, theirs) = (ours(&found, best_only), stilts(&program, find, &detections, &references));
            eprintln!(
                "{ra} {dec} find={find}: {} detections, {} references; pairs ours {}, STILTS {}",
                detections.len(),
                references.len(),
                mine.len(),
                theirs.len()
            );
            assert!(mine.len() >= 3_000, "only {} pairs compared", mine.len());
            assert!(mine.keys().eq(theirs.keys()), "the pair lists of find={find} differ at {ra} {dec}");
            let worst = mine.iter().map(|(key, mine)| (mine - theirs[key]).abs()).fold(0.0, f64::max);
            assert!(worst <= SEPARATION_TOLERANCE_ARCSEC, "separations differ by up to {worst} arcsec");
        }
    }
}

/// The second detection of one star has a match with us and with `find=best1`; the symmetric `find=best` leaves it over as if the star had vanished.
#[test]
fn the_second_detection_of_a_star_is_not_left_over() {
    let star = SkyPos::new(150.0, 20.0);
    let detections = [star, SkyPos::new(150.0, 20.0 + 1.0 / 3600.0)];
    let found = match_all(&detections, &[star], RADIUS_ARCSEC).expect("5 arcsec is a radius");
    assert_eq!(found.detections.unmatched, [0_usize; 0], "both detections lie within 5 arcsec of the star");
    assert_eq!(found.best1().count(), 2, "each detection chooses for itself");
    let Some(program) = test_sky::tool("stilts") else { return };
    let pairs = |find: &str| stilts(&program, find, &detections, &[star]).into_keys().collect::<Vec<_>>();
    assert_eq!(pairs("best"), [(0, 0)], "the trap: STILTS find=best matches only the nearer detection");
    assert_eq!(pairs("best1"), [(0, 0), (1, 0)]);
    assert_eq!(pairs("all"), [(0, 0), (1, 0)]);
}

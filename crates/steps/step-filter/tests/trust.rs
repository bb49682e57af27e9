//! Evidence that does not see, positions that are wrong, motions that are false or missing: what cannot be right gives no candidate.

#[path = "../../step-xmatch/tests/fixture/mod.rs"]
mod fixture;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fixture::{Detection, Star, TILE, grid, wcs, write_catalogue, write_missing_reference, write_reference_at};
use products::CandidateTable;
use sky_catalog::Table;
use sky_coords::{PixelPos, SkyPos};
use sky_table::{ReadOptions, read_table};
use step_contract::Status;
use step_filter::Filter;
use step_harness::testing::{InProcess, RunResult};
use step_xmatch::Xmatch;

/// Detections on the plate, all but the last ten with a star.
const N: usize = 410;
const N_STARS: usize = 400;
/// When the plate was exposed: 1951-11-29.
const PLATE_YR: f64 = 1951.91;

/// Epoch of the positions of a reference.
fn epoch_yr(name: &str) -> f64 {
    match name {
        "gaia" => 2016.0,
        "ps1" => 2012.5,
        _ => 2000.0,
    }
}

fn sky(pixel: (f64, f64)) -> SkyPos {
    wcs().sky_from_pixel(PixelPos::new(pixel.0, pixel.1))
}

fn still(position: SkyPos, mag: f64) -> Star {
    Star { position, pm_mas_yr: Some((0.0, 0.0)), mag }
}

fn shifted(place: SkyPos, east_arcsec: f64, north_arcsec: f64) -> SkyPos {
    let cos_dec = place.dec_deg.to_radians().cos();
    SkyPos::new(place.ra_deg + east_arcsec / 3600.0 / cos_dec, place.dec_deg + north_arcsec / 3600.0)
}

/// A tile with its references, changed before they are written.
struct Tile {
    folder: tempfile::TempDir,
    stars: Vec<Star>,
    references: BTreeMap<&'static str, Vec<Star>>,
    /// References that are not there, and how they ended.
    missing: Vec<(&'static str, Status)>,
}

impl Tile {
    /// `n_stars` of `n` detections have a star in Gaia, PS1 and USNO-B1.0; those of USNO-B1.0 are all of them.
    fn new(n: usize, n_stars: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let places = grid(n);
        let detections: Vec<Detection> = places.iter().map(|&(x, y)| Detection::star(x, y)).collect();
        write_catalogue(folder.path(), &detections);
        let stars: Vec<Star> = places.iter().map(|&pixel| still(sky(pixel), 15.0)).collect();
        let references = BTreeMap::from([
            ("gaia", stars[..n_stars].to_vec()),
            ("ps1", stars[..n_stars].to_vec()),
            ("usnob", stars.clone()),
        ]);
        Self { folder, stars, references, missing: Vec::new() }
    }

    fn healthy() -> Self {
        Self::new(N, N_STARS)
    }

    fn with(mut self, name: &'static str, stars: Vec<Star>) -> Self {
        self.references.insert(name, stars);
        self
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Matches and judges.
    fn judged(&self, config: &str) -> RunResult<CandidateTable> {
        let mut references: Vec<PathBuf> = Vec::new();
        for (name, stars) in &self.references {
            references.push(match self.missing.iter().find(|(missing, _)| missing == name) {
                Some((_, status)) => write_missing_reference(self.path(), name, *status),
                None => write_reference_at(self.path(), name, stars, epoch_yr(name)),
            });
        }
        let catalogue = self.path().join(format!("{TILE}.cat"));
        let step = InProcess::<Xmatch>::new(self.path().join("xmatch")).read("detections", &catalogue);
        let step = references.iter().fold(step, |step, reference| step.read("references", reference));
        assert_eq!(step.run().exit, 0, "xmatch");
        let step = InProcess::<Filter>::new(self.path().join("filter"));
        let step = step.read("matches", self.path().join("xmatch/manifest.json")).read("detections", &catalogue);
        let step = references.iter().fold(step, |step, reference| step.read("references", reference));
        step.config_toml(config).run()
    }

    fn kept(&self) -> Table {
        let path = self.path().join(format!("filter/{TILE}_kept.csv"));
        read_table(&path, &ReadOptions::default()).expect("the table of kept rows").table
    }

    fn pairs(&self) -> Table {
        let path = self.path().join(format!("xmatch/{TILE}_xmatch.csv"));
        read_table(&path, &ReadOptions::default()).expect("the table of pairs").table
    }
}

/// Kind and message of why the tile is blocked.
fn blocked(result: &RunResult<CandidateTable>) -> (String, String) {
    let unit = &result.manifest.units[0];
    let reason = unit.reason.clone().unwrap_or_else(|| panic!("the tile is {:?}: {:?}", unit.status, unit.facts));
    assert_eq!((unit.status, result.exit), (Status::Blocked, 20), "{reason:?}");
    (reason.kind, reason.message)
}

#[test]
fn a_healthy_tile_gives_its_candidates() {
    let tile = Tile::healthy();
    let result = tile.judged("");
    let facts = result.manifest.units[0].facts.as_ref().expect("a verdict");
    assert_eq!((facts.candidates_count, facts.kept_count, facts.moved_count), (10, 10, 0));
    let sight = facts.evidence.iter().find(|found| found.catalog == "gaia").and_then(|gaia| gaia.sight.clone());
    let sight = sight.expect("Gaia says what it sees");
    assert_eq!((sight.bright, sight.matched, sight.by_lower_end), (410, 400, false));
}

#[test]
fn vetoes_that_do_not_see_block_the_tile() {
    let elsewhere: Vec<Star> =
        Tile::healthy().stars.iter().map(|star| still(shifted(star.position, 7200.0, 0.0), 15.0)).collect();
    let corner: Vec<Star> = Tile::healthy()
        .stars
        .into_iter()
        .filter(|star| star.position.ra_deg > 150.13 && star.position.dec_deg > 20.13)
        .collect();
    let cases: [(&str, Vec<(&'static str, Vec<Star>)>, &str); 7] = [
        ("emptied PS1", vec![("ps1", Vec::new())], "ps1 is blind: 0 of 410"),
        ("PS1 of another field", vec![("ps1", elsewhere.clone())], "ps1 is blind: 0 of 410"),
        ("PS1 of one corner", vec![("ps1", corner.clone())], "ps1 is blind"),
        ("emptied USNO-B1.0", vec![("usnob", Vec::new())], "usnob is blind: it has no row in the frame"),
        ("emptied Gaia and PS1", vec![("gaia", Vec::new()), ("ps1", Vec::new())], "gaia is blind: 0 of 410"),
        ("emptied Gaia", vec![("gaia", Vec::new())], "gaia is blind: 0 of 410"),
        ("Gaia of one corner", vec![("gaia", corner)], "gaia is blind"),
    ];
    for (name, changes, message) in cases {
        let tile = changes.into_iter().fold(Tile::healthy(), |tile, (catalog, stars)| tile.with(catalog, stars));
        let (kind, found) = blocked(&tile.judged(""));
        assert_eq!(kind, "veto_blind", "{name}: {found}");
        assert!(found.contains(message), "{name}: {found}");
        assert!(!tile.path().join(format!("filter/{TILE}_kept.csv")).exists(), "{name}: there is no table");
    }
}

#[test]
fn a_blind_veto_that_may_be_missing_gives_no_candidate_and_is_named() {
    let tile = Tile::healthy().with("ps1", Vec::new());
    let result = tile.judged("allow_missing = [\"ps1\"]");
    let unit = &result.manifest.units[0];
    let facts = unit.facts.as_ref().expect("a table");
    assert_eq!((facts.candidates_count, facts.kept_count, facts.veto_status.name()), (0, 10, "unknown"));
    assert!(unit.warnings.iter().any(|warning| warning.message.contains("ps1")), "{:?}", unit.warnings);
    assert_eq!(tile.kept().texts("class").expect("classes"), ["unconfirmed"; 10]);
}

#[test]
fn a_catalogue_that_does_not_cover_the_tile_blocks_it() {
    let mut tile = Tile::healthy();
    tile.missing = vec![("ps1", Status::NoWork)];
    let (kind, message) = blocked(&tile.judged(""));
    assert!(kind == "veto_blind" && message.contains("ps1 is not_covered"), "{kind}: {message}");
}

#[test]
fn with_few_detections_the_lower_end_decides_and_is_told() {
    // 15 of 15 have a lower end of 0.885, 12 of 14 one of 0.70.
    let tile = Tile::new(15, 15);
    let result = tile.judged("");
    let facts = result.manifest.units[0].facts.as_ref().expect("15 of 15");
    let sight = facts.evidence[0].sight.as_ref().expect("Gaia says what it sees");
    assert!(sight.by_lower_end && (sight.share - 0.885).abs() < 0.001, "{sight:?}");
    let (kind, message) = blocked(&Tile::new(14, 12).judged(""));
    assert!(kind == "veto_blind" && message.contains("binomial lower end"), "{kind}: {message}");
}

#[test]
fn a_header_20_arcsec_off_gives_nothing() {
    let tile = Tile::healthy();
    let off: Vec<Star> = tile.references["gaia"].iter().map(|s| still(shifted(s.position, 0.0, 20.0), s.mag)).collect();
    let (kind, message) = blocked(&tile.with("gaia", off.clone()).with("ps1", off).judged(""));
    assert!(kind == "tie_failed" && message.contains("not tied to gaia"), "{kind}: {message}");
}

/// A tie that says ok: a sixth of the tile is 6" off all the same.
#[test]
fn survivors_beside_their_stars_make_the_tie_suspect() {
    let tile = Tile::healthy();
    let mut stars = tile.references["gaia"].clone();
    for star in &mut stars[..60] {
        star.position = shifted(star.position, -4.0, -6.0);
    }
    let (kind, message) = blocked(&tile.with("gaia", stars.clone()).with("ps1", stars).judged(""));
    assert_eq!(kind, "tie_suspect", "{message}");
    assert!(message.contains("of 70 kept rows"), "{message}");
}

/// 6 % of the rows claim 150 to 1000 mas/yr. The same rows are vetoed as without them.
#[test]
fn false_motions_of_usnob_change_no_veto() {
    let config = "evidence = [\"usnob\"]\nvetoes = [\"usnob\"]\nspike_sources = [\"usnob\"]";
    let verdict = |stars: Vec<Star>| {
        let tile = Tile::healthy().with("usnob", stars);
        let result = tile.judged(config);
        let facts = result.manifest.units[0].facts.clone().expect("a verdict");
        let kept = tile.kept();
        (facts.dropped_count, kept.numbers("number").expect("numbers"), tile)
    };
    let true_motions: Vec<Star> = Tile::healthy().references["usnob"][..N_STARS].to_vec();
    let mut false_motions = true_motions.clone();
    for (i, star) in false_motions.iter_mut().enumerate().filter(|(i, _)| i % 16 == 0) {
        let (sin, cos) = (i as f64).sin_cos();
        let speed = 150.0 + 2.0 * i as f64;
        star.pm_mas_yr = Some((speed * sin, speed * cos));
    }
    // And one that its false motion carries onto a vanished star, as 16 of 16 examined removals of published rows were.
    let vanished = sky(grid(N)[405]);
    false_motions.push(Star {
        position: shifted(vanished, 20.0, 0.0),
        pm_mas_yr: Some((20_000.0 / (2000.0 - PLATE_YR), 0.0)),
        mag: 17.0,
    });
    let (honest, kept, _) = verdict(true_motions);
    let (false_count, false_kept, tile) = verdict(false_motions);
    assert_eq!((honest, &kept), (false_count, &false_kept), "the veto set changed");
    assert_eq!(kept.len(), 10, "the vanished stars are left");
    let matched_at = tile.pairs().texts("matched_at").expect("a column that says where");
    assert!(matched_at.iter().any(|at| at == "motion") && matched_at.iter().any(|at| at == "both"), "{matched_at:?}");
    let by_motion = tile.kept().numbers("usnob_separation_by_motion_arcsec").expect("a column");
    assert_eq!(by_motion.iter().filter(|distance| **distance < 5.0).count(), 1, "{by_motion:?}");
}

/// Forty fast stars whose motion no catalogue has, among vanished ones.
#[test]
fn stars_that_moved_without_a_known_motion_are_moved() {
    let tile = Tile::new(480, 400);
    let places = grid(480);
    let (mut gaia, mut ps1) = (tile.references["gaia"].clone(), tile.references["ps1"].clone());
    for i in 0..40 {
        // 90 to 2000 mas/yr: slower ones stay within the match radius and are vetoed.
        let speed = 90.0 * (2000.0_f64 / 90.0).powf(i as f64 / 39.0);
        let (sin, cos) = (2.4 * i as f64).sin_cos();
        let moved = |name: &str| {
            let years = epoch_yr(name) - PLATE_YR;
            let there = shifted(sky(places[400 + i]), speed / 1000.0 * years * sin, speed / 1000.0 * years * cos);
            Star { position: there, pm_mas_yr: None, mag: 15.1 }
        };
        gaia.push(moved("gaia"));
        ps1.push(moved("ps1"));
    }
    let tile = tile.with("gaia", gaia).with("ps1", ps1);
    let result = tile.judged("");
    let facts = result.manifest.units[0].facts.as_ref().expect("a verdict");
    let kept = tile.kept();
    let (numbers, class) = (kept.numbers("number").expect("numbers"), kept.texts("class").expect("classes"));
    let moved = |range: std::ops::RangeInclusive<f64>| {
        numbers.iter().zip(&class).filter(|(n, class)| range.contains(n) && *class == "moved").count()
    };
    let (right, wrong) = (moved(401.0..=440.0), moved(441.0..=480.0));
    assert!(right >= 38, "{right} of 40 fast stars are moved");
    assert!(wrong <= 2, "{wrong} of 40 vanished stars are taken for moved");
    assert_eq!(facts.moved_count, (right + wrong) as u64);
    assert_eq!(facts.candidates_count, facts.kept_count - facts.moved_count, "what has moved is no candidate");
}

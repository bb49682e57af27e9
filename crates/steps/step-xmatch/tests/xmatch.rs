//! The step on a made tile, run as its program would run it.

mod fixture;

use std::collections::BTreeMap;
use std::path::Path;

use fixture::{Detection, Star, TILE, grid, wcs, write_catalogue, write_missing_reference, write_reference};
use loopback_services::{CatalogueTable, LoopbackServices, PlainSky};
use products::{MatchFacts, MatchTable};
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::{PixelPos, SkyPos};
use sky_table::{ReadOptions, read_table};
use step_contract::Status;
use step_harness::testing::{InProcess, RunResult};
use step_xmatch::Xmatch;
use test_sky::assert_close;

/// Mid-exposure is not known here: the start of the exposure, 1951-11-29.
const EPOCH_YR: f64 = 1951.91;

fn facts(result: &RunResult<MatchTable>) -> &MatchFacts {
    let unit = &result.manifest.units[0];
    unit.facts.as_ref().unwrap_or_else(|| panic!("the unit is {:?}: {:?}", unit.status, unit.reason))
}

fn table(folder: &Path, role: &str) -> Table {
    let path = folder.join(format!("out/{TILE}_{role}.csv"));
    read_table(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{role}: {error}")).table
}

fn sky(pixel: (f64, f64)) -> SkyPos {
    wcs().sky_from_pixel(PixelPos::new(pixel.0, pixel.1))
}

/// A star that stands at a pixel at the epoch of the plate and has moved since.
fn star(pixel: (f64, f64), pm_mas_yr: (f64, f64), mag: f64) -> Star {
    let now = sky(pixel).moved(pm_mas_yr.0, pm_mas_yr.1, EPOCH_YR, 2016.0);
    Star { position: now, pm_mas_yr: Some(pm_mas_yr), mag }
}

/// 100 stars with a detection each, one of them fast, one detected twice, two detections without a star, 5 stars without a detection.
fn scene(folder: &Path) -> (Vec<Detection>, Vec<Star>) {
    let places = grid(107);
    let mut detections: Vec<Detection> = places[..100].iter().map(|&(x, y)| Detection::star(x, y)).collect();
    detections.push(Detection::star(places[7].0 + 0.6, places[7].1));
    detections.push(Detection::star(places[100].0, places[100].1));
    detections.push(Detection::star(places[101].0, places[101].1));
    let mut stars: Vec<Star> = places[..100].iter().map(|&pixel| star(pixel, (0.0, 0.0), 15.0)).collect();
    stars[50] = star(places[50], (150.0, -214.0), 15.0);
    stars.extend(places[102..].iter().map(|&pixel| star(pixel, (0.0, 0.0), 19.0)));
    write_catalogue(folder, &detections);
    (detections, stars)
}

fn step(folder: &Path) -> InProcess<Xmatch> {
    InProcess::<Xmatch>::new(folder.join("out")).read("detections", folder.join(format!("{TILE}.cat")))
}

#[test]
fn pairs_and_both_sides_close() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (detections, stars) = scene(folder.path());
    let gaia = write_reference(folder.path(), "gaia", &stars);
    let result = step(folder.path()).read("references", gaia).set("tie.enabled", false).run();
    assert_eq!(result.exit, 0);
    let facts = facts(&result);
    let gaia = &facts.references[0];
    assert_eq!((gaia.detections_matched, gaia.detections_unmatched), (101, 2), "the second detection is matched too");
    assert_eq!((gaia.references_matched, gaia.references_unmatched), (100, 5));
    assert_eq!(gaia.detections_matched + gaia.detections_unmatched, detections.len() as u64);
    assert_eq!(gaia.references_matched + gaia.references_unmatched + gaia.rows_invalid, stars.len() as u64);
    assert_eq!((facts.detections, facts.matched_count, facts.unmatched_local, facts.unmatched_cdss), (103, 101, 2, 0));
    assert_eq!(facts.cdss.backend, "disabled");
    assert_eq!(table(folder.path(), "xmatch").n_rows(), 101);
    assert_eq!(table(folder.path(), "local").numbers("number").expect("numbers"), [102.0, 103.0]);
    assert_eq!(table(folder.path(), "cdss").n_rows(), 0, "the header alone");
    assert_eq!(table(folder.path(), "refonly").n_rows(), 5);
    assert!(gaia.chance_fraction_expected.is_some() && gaia.chance_fraction_measured.is_some());
}

#[test]
fn a_fast_star_is_matched_where_it_stood() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, stars) = scene(folder.path());
    let drift = stars[50].position.separation_arcsec(sky(grid(107)[50]));
    assert_close!(drift, 16.75, abs = 0.05, "261 mas/yr over 64.1 years: far outside 5 arcsec today");
    let gaia = write_reference(folder.path(), "gaia", &stars);
    let result = step(folder.path()).read("references", &gaia).set("tie.enabled", false).run();
    assert_close!(facts(&result).epoch_yr.expect("the plate has a date"), EPOCH_YR, abs = 0.01, "1951-11-29");
    let pairs = table(folder.path(), "xmatch");
    let numbers = pairs.numbers("number").expect("numbers");
    let row = numbers.iter().position(|&number| number == 51.0).expect("the fast star's detection has a pair");
    let separation = pairs.numbers("separation_arcsec").expect("separations")[row];
    assert!(separation < 0.02, "carried to the epoch of the plate it is {separation} arcsec away");
}

#[test]
fn the_tie_takes_a_shift_away_and_keeps_the_header_positions() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, mut stars) = scene(folder.path());
    // The plate's solution is 2.3 arcsec off to the south, as on a third of the plates.
    for star in &mut stars {
        star.position = SkyPos::new(star.position.ra_deg, star.position.dec_deg + 2.3 / 3600.0);
    }
    let gaia = write_reference(folder.path(), "gaia", &stars);
    let result = step(folder.path()).read("references", &gaia).run();
    let facts = facts(&result);
    assert!(facts.tie.ok, "{:?}", facts.tie.reason);
    assert_close!(facts.tie.shift_dec_arcsec.expect("a shift"), 2.3, abs = 0.1, "the shift of the references");
    assert_close!(facts.tie.median_before_arcsec.expect("a median"), 2.3, abs = 0.05, "before");
    assert!(facts.tie.median_after_arcsec.expect("a median") < 0.02, "after: {:?}", facts.tie.median_after_arcsec);
    assert_eq!(facts.astrometric_solution.as_deref(), Some("tan+tie"));
    let pairs = table(folder.path(), "xmatch");
    let column = |name: &str| pairs.numbers(name).expect("a column of numbers");
    let moved = (column("det_dec_deg")[0] - column("det_dec_header_deg")[0]) * 3600.0;
    assert_close!(moved, 2.3, abs = 0.05, "both positions stand side by side");
}

#[test]
fn too_few_ties_leave_the_positions_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, stars) = scene(folder.path());
    let gaia = write_reference(folder.path(), "gaia", &stars[..8]);
    let result = step(folder.path()).read("references", &gaia).run();
    let facts = facts(&result);
    assert!(!facts.tie.ok && facts.tie.reason.is_some(), "eight stars do not tie");
    assert_eq!(facts.astrometric_solution.as_deref(), Some("tan"));
    let pairs = table(folder.path(), "xmatch");
    assert_eq!(pairs.numbers("det_ra_deg"), pairs.numbers("det_ra_header_deg"));
}

#[test]
fn a_failed_reference_is_not_unmatched_but_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, stars) = scene(folder.path());
    let gaia = write_reference(folder.path(), "gaia", &stars);
    let ps1 = write_missing_reference(folder.path(), "ps1", Status::Failed);
    let usnob = write_missing_reference(folder.path(), "usnob", Status::Skipped);
    let step = step(folder.path()).read("references", gaia).read("references", ps1).read("references", usnob);
    let result = step.run();
    assert_eq!(result.exit, 0, "the others are matched");
    let status: BTreeMap<&str, (&str, Option<&str>, u64)> = facts(&result)
        .references
        .iter()
        .map(|r| (r.reference.as_str(), (r.status.as_str(), r.reason.as_deref(), r.detections_unmatched)))
        .collect();
    assert_eq!(status["gaia"], ("done", None, 2));
    assert_eq!(status["ps1"], ("failed", Some("timeout"), 0));
    assert_eq!(status["usnob"], ("skipped", Some("switched_off"), 0));
    let references = table(folder.path(), "local").texts("reference").expect("names");
    assert!(references.iter().all(|name| name == "gaia"), "no row says that it is not in PS1: {references:?}");
}

#[test]
fn an_empty_reference_leaves_every_detection_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    scene(folder.path());
    let gaia = write_reference(folder.path(), "gaia", &[]);
    let result = step(folder.path()).read("references", gaia).run();
    assert_eq!((result.exit, facts(&result).references[0].detections_unmatched), (0, 103));
}

#[test]
fn the_cds_service_agrees_with_the_local_backend() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, stars) = scene(folder.path());
    let gaia = write_reference(folder.path(), "gaia", &stars);
    // The service knows the stars where they stood at the plate, so that both backends see one sky.
    let (ra, dec): (Vec<f64>, Vec<f64>) = stars
        .iter()
        .map(|star| {
            let (east, north) = star.pm_mas_yr.expect("every star has a motion");
            let place = star.position.moved(east, north, 2016.0, EPOCH_YR);
            (place.ra_deg, place.dec_deg)
        })
        .unzip();
    let mut rows = Table::new();
    for (name, values) in [("RA_ICRS", ra), ("DE_ICRS", dec)] {
        let column =
            Column { name: name.to_owned(), unit: "deg".to_owned(), ucd: String::new(), data: ColumnData::F64(values) };
        rows.push(column).expect("columns of one length");
    }
    let catalogue = CatalogueTable {
        title: "Gaia of the test".to_owned(),
        ra_column: "RA_ICRS".to_owned(),
        dec_column: "DE_ICRS".to_owned(),
        rows,
    };
    let plain = PlainSky::new(SkyPos::new(150.0, 20.0), 100).with_catalogue("test/gaia", catalogue);
    let server = LoopbackServices::start(plain).expect("a port of this machine");
    let step = step(folder.path()).read("references", gaia).set("tie.enabled", false).set("cds.enabled", true);
    let result = step.set("cds.transfer.gap_s", 0.0).service("cds-xmatch", &server.address("cds-xmatch")).run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units[0].reason);
    let facts = facts(&result);
    assert_eq!(facts.cdss.backend, "cds-xmatch");
    assert_eq!((facts.cdss.local_only, facts.cdss.cds_only), (Some(0), Some(0)), "no row is in one list alone");
    assert_eq!((facts.unmatched_cdss, facts.unmatched_local), (2, 2));
    assert_eq!(table(folder.path(), "cdss"), table(folder.path(), "local"));
}

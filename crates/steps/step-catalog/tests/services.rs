//! Catalogues from services: columns, units, completeness, outcomes.

mod common;

use common::{CENTRE, STARS, Scene, facts, places, unit};
use loopback_services::{Fault, Occasion};
use sky_coords::SkyPos;
use step_contract::Status;

/// Stars of the truth inside the cone of the run.
fn inside(radius_arcmin: f64) -> usize {
    places().iter().filter(|place| CENTRE.separation_arcsec(**place) <= radius_arcmin * 60.0).count()
}

#[test]
fn gaia_comes_with_its_columns_epoch_and_exact_names() {
    for protocol in ["asu-tsv", "tap"] {
        let scene = Scene::new();
        let result = scene.run().set("catalog", "gaia").set("protocol", protocol).run();
        assert_eq!(result.exit, 0);
        let facts = facts(&result);
        assert_eq!((facts.catalog_name.as_str(), facts.epoch_yr), ("gaia", Some(2016.0)));
        assert_eq!(facts.protocol.as_deref(), Some(protocol));
        assert_eq!(facts.service.as_deref(), Some(if protocol == "tap" { "vizier-tap" } else { "vizier" }));
        let radius = facts.radius_arcmin.expect("the radius is recorded");
        assert!((45.4..45.6).contains(&radius), "a tile of 60' needs 45.5', not {radius}'");
        let table = scene.table();
        assert_eq!(table.n_rows(), inside(radius), "every star of the cone, none else");
        assert_eq!(facts.rows_fetched, Some(table.n_rows() as u64));
        assert!(table.n_rows() > 350 && table.n_rows() < STARS, "the test must compare something: {}", table.n_rows());
        let ids = table.texts("id").expect("the column is there");
        assert!(ids.iter().all(|id| id.starts_with("42958067200000")), "no digit of a name is lost: {}", ids[0]);
        let (ra, dec) = (table.numbers("ra_deg").expect("numbers"), table.numbers("dec_deg").expect("numbers"));
        for (row, id) in ids.iter().enumerate() {
            let index = (id.parse::<i64>().expect("a number") - 4_295_806_720_000_000_001) as usize;
            let off = places()[index].separation_arcsec(SkyPos::new(ra[row], dec[row]));
            assert!(off < 1e-5, "{id} is {off} arcsec off: positions are those of the catalogue");
        }
        let epochs = table.numbers("epoch_yr").expect("numbers");
        assert!(epochs.iter().all(|epoch| *epoch == 2016.0), "each row says its epoch");
        let motions = table.numbers("pm_ra_mas_yr").expect("numbers");
        let missing = motions.iter().filter(|motion| motion.is_nan()).count();
        assert!(
            missing > 50 && motions.iter().all(|motion| motion.is_nan() || *motion == -37.5),
            "{missing} are missing"
        );
        assert!(table.texts("mag_band").expect("texts").iter().all(|band| band == "G"));
    }
}

#[test]
fn the_corner_stars_of_the_tile_are_there() {
    let scene = Scene::new();
    scene.run().set("catalog", "gaia").run();
    let ids = scene.table().texts("id").expect("the column is there");
    for corner in 400..404_i64 {
        let id = (4_295_806_720_000_000_001 + corner).to_string();
        assert!(ids.contains(&id), "the star at a corner of the tile is missing");
    }
}

#[test]
fn usnob_takes_the_second_epoch_where_the_first_is_blank_and_zero_motion_for_none() {
    let scene = Scene::new();
    let result = scene.run().set("catalog", "usnob").run();
    assert_eq!(facts(&result).epoch_yr, Some(2000.0), "positions are at J2000, whatever the column Epoch says");
    let table = scene.table();
    let (ids, bands) = (table.texts("id").expect("texts"), table.texts("mag_band").expect("texts"));
    let (mags, motions) = (table.numbers("mag").expect("numbers"), table.numbers("pm_ra_mas_yr").expect("numbers"));
    let (counts, flags) = (table.numbers("n_detections").expect("numbers"), table.texts("flags").expect("texts"));
    assert!(ids.len() > 350, "the test must compare something: {}", ids.len());
    for row in 0..ids.len() {
        let index: usize = ids[row].trim_start_matches("1100-").parse().expect("a number");
        let expected = if index.is_multiple_of(4) { ("R2", 18.75) } else { ("R1", 18.5) };
        assert_eq!((bands[row].as_str(), mags[row]), expected, "{}", ids[row]);
        assert_eq!(motions[row].is_nan(), index.is_multiple_of(2), "{}: zero means that none was measured", ids[row]);
        assert_eq!(counts[row], (index % 4) as f64 + 2.0);
        assert_eq!(flags[row], if index.is_multiple_of(10) { "s" } else { "" });
    }
}

#[test]
fn sentinels_of_ps1_are_missing_values() {
    let scene = Scene::new();
    let result = scene.run().set("catalog", "ps1").run();
    assert_eq!(facts(&result).epoch_yr, Some(2012.5));
    let table = scene.table();
    let mags = table.numbers("mag").expect("numbers");
    assert!(mags.iter().all(|mag| (10.0..30.0).contains(mag)), "-999 is no magnitude");
    assert!(table.texts("mag_band").expect("texts").contains(&"i".to_owned()), "i counts where r is missing");
}

#[test]
fn tycho2_and_vsx_are_known() {
    let scene = Scene::new();
    scene.run().set("catalog", "tycho2").set("brighter_than_mag", 9.0).run();
    let table = scene.table();
    assert!(table.texts("id").expect("texts").iter().all(|id| id.ends_with("-1667-1")), "three columns make a name");
    let mags = table.numbers("mag").expect("numbers");
    assert!(mags.len() > 50 && mags.iter().all(|mag| *mag < 9.0), "only stars brighter than the limit: {}", mags.len());
    let scene = Scene::new();
    scene.run().set("catalog", "vsx").run();
    assert!(scene.table().texts("flags").expect("texts").iter().all(|kind| kind == "RRAB"));
}

#[test]
fn a_bright_limit_gives_the_same_rows_from_service_and_from_all_rows() {
    let scene = Scene::new();
    scene.run().set("catalog", "gaia").run();
    let all = scene.table();
    let bright = all.numbers("mag").expect("numbers").iter().filter(|mag| **mag < 12.0).count();
    let other = Scene::new();
    other.run().set("catalog", "gaia").set("brighter_than_mag", 12.0).run();
    assert_eq!(other.table().n_rows(), bright);
    let target = other.server.log().requests[0].target.clone();
    assert!(target.contains("Gmag=%3C12"), "the limit goes with the question: {target}");
}

#[test]
fn a_service_that_cuts_answers_changes_nothing_but_the_splits() {
    let scene = Scene::new();
    scene.run().set("catalog", "gaia").run();
    let written = |scene: &Scene| {
        std::fs::read_to_string(scene.folder.path().join("ext/tile_a.csv")).expect("the table is there")
    };
    let whole = written(&scene);
    for fault in [Fault::RowCap { rows: 50 }, Fault::NotedRowCap { rows: 73 }] {
        let other = Scene::new();
        other.server.inject("vizier", Occasion::Always, fault.clone());
        let result = other.run().set("catalog", "gaia").run();
        assert!(written(&other) == whole, "{fault:?}: the same table to the byte");
        let facts = facts(&result);
        assert!(facts.query_splits.is_some_and(|splits| splits >= 5), "{fault:?}: {:?}", facts.query_splits);
        assert!(facts.responses_sha256.len() > 5, "each answer is named by its sum");
    }
}

#[test]
fn a_failed_catalogue_is_failed_and_has_no_table() {
    let cases = [
        (Fault::HtmlPage, "garbled", 75),
        (Fault::GarbledHeader, "garbled", 75),
        (Fault::TooManyJobs, "busy", 75),
        (Fault::ErrorDocument, "service_error", 20),
        (Fault::ColumnDropped, "columns_missing", 20),
        (Fault::Status { code: 503, retry_after: None }, "http_error", 75),
        (Fault::Hang, "timeout", 75),
    ];
    for (fault, kind, exit) in cases {
        let scene = Scene::new();
        scene.server.inject("vizier", Occasion::Always, fault.clone());
        let result = scene.run().set("catalog", "gaia").run();
        let unit = unit(&result);
        let reason = unit.reason.as_ref().expect("a reason");
        assert_eq!(
            (unit.status, reason.kind.as_str(), result.exit),
            (Status::Failed, kind, exit),
            "{fault:?}: {reason:?}"
        );
        assert!(!scene.folder.path().join("ext/tile_a.csv").exists(), "{fault:?} left a table");
        assert!(!serde_json::to_string(reason).expect("JSON").contains("127.0.0.1"), "{fault:?}: {reason:?}");
    }
}

#[test]
fn no_star_is_done_with_no_row() {
    let scene = Scene::new();
    scene.server.inject("vizier", Occasion::Always, Fault::EmptyTable);
    let result = scene.run().set("catalog", "gaia").run();
    assert_eq!((result.exit, facts(&result).rows_fetched), (0, Some(0)));
    assert_eq!(scene.table().n_rows(), 0);
}

#[test]
fn a_catalogue_that_is_off_has_its_units_skipped() {
    let scene = Scene::new();
    let result = scene.run().set("enabled", false).run();
    let unit = unit(&result);
    assert_eq!((unit.status, result.exit), (Status::Skipped, 0));
    assert_eq!(unit.reason.as_ref().map(|reason| reason.kind.as_str()), Some("switched_off"));
    assert_eq!(scene.server.log().requests.len(), 0, "nobody is asked");
}

#[test]
fn offline_the_table_is_the_same_to_the_byte() {
    let scene = Scene::new();
    let first = scene.run().set("catalog", "gaia").run();
    let path = scene.folder.path().join("ext/tile_a.csv");
    let bytes = std::fs::read(&path).expect("the table is there");
    std::fs::remove_dir_all(scene.folder.path().join("ext")).expect("the step's folder can be removed");
    scene.server.reset();
    let again = scene.run().set("catalog", "gaia").set("transfer.offline", true).run();
    assert_eq!(std::fs::read(&path).expect("the table is there"), bytes);
    assert_eq!(again.identity, first.identity, "where the rows came from is execution");
    assert_eq!(scene.server.log().requests.len(), 0);
    let other = scene.run().set("catalog", "ps1").set("transfer.offline", true).run();
    let reason = unit(&other).reason.as_ref().expect("a reason");
    assert_eq!((reason.kind.as_str(), other.exit), ("not_in_cache", 20));
}

#[test]
fn what_was_cut_off_is_asked_for_again_by_the_next_run() {
    let scene = Scene::new();
    let run = || scene.run().set("catalog", "gaia");
    scene.server.inject("vizier", Occasion::Always, Fault::NotedRowCap { rows: 0 });
    let failed = run().run();
    assert_eq!(unit(&failed).reason.as_ref().map(|reason| reason.kind.as_str()), Some("rows_truncated"));
    scene.server.reset();
    let asked = scene.server.log().count("vizier");
    let again = run().run();
    assert_eq!(unit(&again).status, Status::Done, "{:?}", unit(&again).reason);
    assert!(scene.server.log().count("vizier") > asked, "the answers that made it fail are not replayed");
    let asked = scene.server.log().count("vizier");
    std::fs::remove_dir_all(scene.folder.path().join("ext")).ok();
    assert_eq!(unit(&run().run()).status, Status::Done);
    assert_eq!(scene.server.log().count("vizier"), asked, "a good answer is kept");
}

//! The step as its program runs it.

use std::path::Path;

use products::{TileFacts, TilePlan};
use step_contract::{Manifest, Status};
use step_harness::testing::{InProcess, RunResult};
use step_tiling::Tiling;

const ONE_TARGET: &str = "targets = [{ ra_deg = 150.0, dec_deg = 20.0 }]";

fn step(out: &Path) -> InProcess<Tiling> {
    InProcess::new(out.join("tiles")).run_id("run-20261121_013000")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn ids(result: &RunResult<TilePlan>) -> Vec<&str> {
    result.manifest.units.iter().map(|unit| unit.unit.as_str()).collect()
}

fn only_facts(manifest: &Manifest<TilePlan>) -> &TileFacts {
    assert_eq!(manifest.units.len(), 1, "one tile");
    manifest.units[0].facts.as_ref().expect("a tile that is done has facts")
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the temporary folder can be written");
}

#[test]
fn one_position_gives_exactly_one_tile_and_its_manifest() {
    let out = folder();
    let result = step(out.path()).config_toml(ONE_TARGET).run();
    assert_eq!((result.exit, ids(&result)), (0, vec!["tile_RA150.000_DECp20.000"]));
    let text = std::fs::read_to_string(out.path().join("tiles/manifest.json")).expect("the manifest is there");
    let without_execution = text.split(" \"execution\"").next().expect("execution stands last");
    let shown = without_execution.replace(&result.manifest.units[0].key.clone().expect("a key"), "<key>");
    insta::assert_snapshot!("manifest", shown);
    let table = std::fs::read_to_string(out.path().join("tiles/tiles.csv")).expect("the table is there");
    insta::assert_snapshot!("tiles", table);
}

#[test]
fn the_plan_has_the_fields_that_the_survey_asks_for() {
    let out = folder();
    let payload = step(out.path()).config_toml(ONE_TARGET).run().manifest.payload;
    assert_eq!(payload.tiles_count, 1);
    assert_eq!(payload.tile_size.as_deref(), Some("60x60"));
    assert_eq!(payload.tiling_mode.as_deref(), Some("hex30"));
    assert_eq!(payload.source_list.as_deref(), Some("configuration"));
}

#[test]
fn the_same_run_gives_the_same_bytes_for_any_thread_count() {
    let run = |threads, folder: &Path| {
        let config = "targets = [{ ra_deg = 359.9, dec_deg = 88.0, radius_deg = 4.0, name = \"near the pole\" }]";
        let result = step(folder).config_toml(config).threads(threads).run();
        (result.identity, std::fs::read(folder.join("tiles/tiles.csv")).expect("the table is there"))
    };
    let (one, two) = (folder(), folder());
    assert_eq!(run(1, one.path()), run(2, two.path()));
}

#[test]
fn a_list_of_targets_becomes_tiles_with_their_names() {
    let out = folder();
    let list = out.path().join("my targets.csv");
    write(&list, "\u{feff}name,ra_deg,dec_deg,radius_deg\r\nwrap,359.9999,-30,\r\npole,12,89.9,\r\ndisc,80,0,1\r\n");
    let result = step(out.path()).read("targets", &list).run();
    let facts = |id: &str| {
        let unit = result.manifest.units.iter().find(|unit| unit.unit == id).unwrap_or_else(|| panic!("no {id}"));
        unit.facts.clone().expect("done")
    };
    let wrap = facts("tile_RA0.000_DECm30.000");
    assert!(wrap.ra_min_deg > wrap.ra_max_deg, "across RA 0: {wrap:?}");
    assert_eq!((wrap.target.as_deref(), wrap.source_list.as_str()), (Some("wrap"), "targets"));
    let pole = facts("tile_RA12.000_DECp89.900");
    assert_eq!((pole.ra_min_deg, pole.ra_max_deg, pole.dec_max_deg), (0.0, 360.0, 90.0), "{pole:?}");
    let disc = result
        .manifest
        .units
        .iter()
        .filter(|unit| unit.facts.as_ref().is_some_and(|f| f.target.as_deref() == Some("disc")));
    assert_eq!(disc.count(), 7, "a disc of 1 degree: one tile and its six neighbours");
    assert_eq!(result.manifest.files["tiles"].rows, Some(9), "tiles.csv has a row for each tile");
}

#[test]
fn a_bad_line_ends_the_step_and_is_named() {
    let out = folder();
    let list = out.path().join("targets.csv");
    write(&list, "ra_deg,dec_deg\n150,20\n150,twenty\n");
    let failure = step(out.path()).read("targets", &list).try_run().expect_err("line 3 is no position");
    assert!(failure.message.contains("line 3") && failure.message.contains("dec_deg"), "{failure:?}");
    assert_ne!(failure.exit, 0);
}

#[test]
fn targets_given_twice_or_in_vain_are_refused() {
    let out = folder();
    let list = out.path().join("targets.csv");
    write(&list, "ra_deg,dec_deg\n150,20\n");
    let twice = step(out.path()).read("targets", &list).config_toml(ONE_TARGET).try_run().expect_err("given twice");
    assert!(twice.message.contains("give them once"), "{twice:?}");
    let vain = step(out.path()).config_toml(ONE_TARGET).set("mode", "random").try_run().expect_err("not used");
    assert!(vain.message.contains("takes no targets"), "{vain:?}");
    let none = step(out.path()).try_run().expect_err("nothing to tile");
    assert!(none.message.contains("--ra"), "{none:?}");
}

#[test]
fn random_fields_follow_the_seed() {
    let run = |seed: u64| {
        let out = folder();
        let result = step(out.path()).set("mode", "random").set("n_random", 20).set("seed", seed).run();
        ids(&result).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(run(1).len(), 20);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_second_run_makes_nothing_again_and_a_new_size_makes_all() {
    let out = folder();
    let config = "targets = [{ ra_deg = 80.0, dec_deg = 0.0, radius_deg = 1.0 }]";
    step(out.path()).config_toml(config).run();
    let actions = |step: InProcess<Tiling>| {
        let plan = step.plan().expect("it can be planned");
        plan.iter().filter(|unit| unit.action == step_harness::Action::Reuse).count()
    };
    assert_eq!(actions(step(out.path()).config_toml(config)), 7, "all seven tiles are reused");
    assert_eq!(actions(step(out.path()).config_toml(config).set("tile_size", "30x30")), 0, "none is");
}

#[test]
fn each_image_of_a_folder_of_plates_is_one_tile() {
    let Some(data) = test_sky::real_data("step-tiling each_image_of_a_folder_of_plates_is_one_tile") else { return };
    let (out, plates) = (folder(), folder());
    for image in ["dss1_red_M67_XE486.fits", "dss1_blue_UKST_S134_alphaCen.fits.gz"] {
        std::fs::copy(data.join("a_dss").join(image), plates.path().join(image)).expect("the image is copied");
    }
    write(&plates.path().join("README.txt"), "not an image");
    write(&plates.path().join("broken.fits"), "not FITS");
    let result = step(out.path()).input("plates", plates.path()).run();
    let broken = result.manifest.units.iter().find(|unit| unit.unit == "broken").expect("the broken file is a unit");
    assert_eq!((broken.status, result.exit), (Status::Failed, 3), "{broken:?}");
    let tiles: Vec<&TileFacts> = result.manifest.units.iter().filter_map(|unit| unit.facts.as_ref()).collect();
    assert_eq!(tiles.len(), 2, "the text file is no plate: {:?}", ids(&result));
    let m67 = tiles.iter().find(|tile| tile.plate.as_deref() == Some("dss1_red_M67_XE486")).expect("M67");
    // 1059 pixels of 1.70 arcsec; the middle by expected_positions_share.csv.
    assert!((m67.width_arcmin - 30.0).abs() < 0.02 && (m67.height_arcmin - 30.0).abs() < 0.02, "{m67:?}");
    assert!((m67.ra_deg - 132.834).abs() < 0.005 && (m67.dec_deg - 11.812).abs() < 0.005, "{m67:?}");
    assert_eq!((m67.tiling_mode.as_str(), m67.source_list.as_str()), ("plates", "plates"));
}

#[test]
fn plate_headers_in_json_give_the_plan_of_vasco60() {
    let Some(data) = test_sky::real_data("step-tiling plate_headers_in_json_give_the_plan_of_vasco60") else { return };
    let (out, plates) = (folder(), folder());
    for (name, json) in test_sky::tar_gz_members(&data.join("a_dss/poss1e_full_plate_headers_share.tar.gz")) {
        if name.contains("XE005") || name.contains("XE325") {
            write(&plates.path().join(name), &json);
        }
    }
    let result = step(out.path()).input("plates", plates.path()).set("mode", "plate-grid").run();
    let of = |plate: &str| {
        result
            .manifest
            .units
            .iter()
            .filter(|unit| unit.facts.as_ref().is_some_and(|f| f.plate.as_deref() == Some(plate)))
            .count()
    };
    assert_eq!(of("XE005"), 17, "{:?}", ids(&result));
    assert!(of("XE325") > 10, "{:?}", ids(&result));
}

#[test]
fn a_header_without_a_centre_is_unprocessable_and_the_others_go_on() {
    let (out, plates) = (folder(), folder());
    write(&plates.path().join("good.json"), r#"{"REGION": "XE900", "PLATERA": 10.0, "PLATEDEC": 20.0}"#);
    write(&plates.path().join("empty.json"), r#"{"header": {"REGION": "XE901"}}"#);
    let result = step(out.path()).input("plates", plates.path()).set("mode", "plate-grid").run();
    let empty = result.manifest.units.iter().find(|unit| unit.unit == "empty").expect("the header is a unit");
    assert_eq!((empty.status, result.exit), (Status::Unprocessable, 3), "{empty:?}");
    assert!(result.manifest.payload.tiles_count > 10, "tiles of the good plate");
}

#[test]
fn the_flags_of_the_plan_are_declared() {
    let description = step_harness::testing::describe::<Tiling>();
    let schema = &description["config_schema"]["properties"];
    assert_eq!(schema["tile_size"]["x-flag"], "--tile-size", "{schema}");
    assert_eq!(schema["mode"]["x-flag"], "--mode", "{schema}");
}

#[test]
fn a_single_tile_has_its_whole_area() {
    let out = folder();
    let result = step(out.path()).config_toml(ONE_TARGET).run();
    let facts = only_facts(&result.manifest);
    assert!((facts.area_deg2_in_square - 0.999_924).abs() < 1e-6, "{facts:?}");
    assert_eq!(facts.area_deg2_covered, facts.area_deg2_in_square);
}

//! Lines of the survey plan that only a run of the whole chain can show: folders, logs, names of files, fields of manifests, and the smoke test
//! that the plan asks for after each step, at RA 150, Dec +20 through `workflows/vasco.toml` (docs/plan-checklist.md names these tests).
//!
//! One run of a small simulated plate, over the protocols of the archives, serves all of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use loopback_archive::{Fault, LoopbackArchive, Occasion, SimSky};
use serde_json::Value;
use sky_catalog::Table;
use sky_sim::{RenderParams, Scene, SceneParams};
use sky_table::{ReadOptions, read_table};

const RUN_ID: &str = "run-20260101_000000";
const TILE: &str = "tile_RA150.000_DECp20.000";
/// Side of the tile: 700 pixels of 1.7 arcsec are searched in a second, and hold stars enough for a PSF.
const SIZE_ARCMIN: f64 = 20.0;

/// The run, made once in this process.
struct Smoke {
    root: PathBuf,
    output: Output,
    was_empty: bool,
    images_asked_for: usize,
}

fn smoke() -> &'static Smoke {
    static SMOKE: OnceLock<Smoke> = OnceLock::new();
    SMOKE.get_or_init(|| {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        forget_old_runs(scratch);
        let root = scratch.join(format!("plan-lines-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).expect("a folder for the run");
        let was_empty = std::fs::read_dir(&root).expect("the root").next().is_none();
        let scene = Scene::generate(&SceneParams {
            seed: 7,
            centre_ra_deg: 150.0,
            centre_dec_deg: 20.0,
            size_arcmin: SIZE_ARCMIN,
            n_catalogue_stars: 700,
            brightest_mag: 10.0,
            n_vanished: 12,
            vanished_snr_min: 40.0,
            ..SceneParams::default()
        });
        let server = LoopbackArchive::start(SimSky::new(scene, RenderParams::default()).expect("a simulated sky"))
            .expect("a port of this machine");
        // The first question fails and is asked again.
        server.inject("stsci-dss", Occasion::Nth(1), Fault::Status { code: 503, retry_after: None });
        let mut command = Command::new(integration_tests::skyledger());
        command.args(["run", "vasco", "--ra", "150", "--dec", "20", "--run-id", RUN_ID, "--root"]).arg(&root);
        command.args(["--set", &format!("tiling.tile_size=\"{SIZE_ARCMIN}x{SIZE_ARCMIN}\"")]);
        command.args(["--set", "download.transfer.first_wait_s=0.01"]);
        for label in ["download", "catalog-bright", "catalog-usnob"] {
            command.args(["--set", &format!("{label}.transfer.gap_s=0.0")]);
        }
        for (name, address) in server.addresses() {
            command.args(["--service", &format!("{name}={address}")]);
        }
        let output = command.output().expect("skyledger runs");
        let images_asked_for = server.log().count("stsci-dss");
        Smoke { root, output, was_empty, images_asked_for }
    })
}

/// Runs of earlier processes: nothing removes a static value at the end of a process.
fn forget_old_runs(scratch: &Path) {
    for entry in std::fs::read_dir(scratch).into_iter().flatten().flatten() {
        let is_run = entry.file_name().to_string_lossy().starts_with("plan-lines-");
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
        if is_run && age.is_some_and(|age| age.as_secs() > 3600) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl Smoke {
    /// The folder of this run below `folder`.
    fn folder(&self, folder: &str) -> PathBuf {
        let path = self.root.join(folder).join(RUN_ID);
        assert!(path.is_dir(), "{} is not there: {}", path.display(), String::from_utf8_lossy(&self.output.stderr));
        path
    }

    fn manifest(&self, folder: &str) -> Value {
        json(&self.folder(folder).join("manifest.json"))
    }

    /// The done unit of the tile in a manifest.
    fn tile(&self, folder: &str) -> Value {
        let manifest = self.manifest(folder);
        let unit = manifest["units"].as_array().expect("units").iter().find(|unit| unit["unit"] == TILE).cloned();
        let unit = unit.unwrap_or_else(|| panic!("{folder} has no unit {TILE}"));
        assert_eq!(unit["status"], "done", "{folder}: {unit}");
        unit
    }

    fn table(&self, folder: &str, name: &str) -> Table {
        let path = self.folder(folder).join(name);
        read_table(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}")).table
    }

    fn assert_log(&self, log: &str) {
        let path = self.root.join("logs").join(log).join(format!("{RUN_ID}.log"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON lines"));
        assert!(lines.count() > 0, "{} is empty", path.display());
    }

    fn assert_files(&self, folder: &str, names: &[String]) {
        for name in names {
            let path = self.folder(folder).join(name);
            let bytes = std::fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).len();
            assert!(bytes > 0, "{} is empty", path.display());
        }
    }
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn assert_members(value: &Value, names: &[&str]) {
    for name in names {
        assert!(value.get(name).is_some(), "{name} is missing in {value}");
    }
}

fn of_tile(endings: &[&str]) -> Vec<String> {
    endings.iter().map(|ending| format!("{TILE}{ending}")).collect()
}

/// A step that is started without an input refuses, with exit code 2 and the name of what is missing.
fn assert_needs(step: &str, inputs: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(integration_tests::skyledger())
        .args(["step", step, "run", "--out", "out"])
        .current_dir(folder.path())
        .output()
        .expect("the step runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{step}: {said}");
    assert!(said.contains(&format!("input {} is not bound", inputs[0])), "{step}: {said}");
    assert!(!folder.path().join("out/manifest.json").exists(), "{step} wrote a manifest of nothing");
    let described = Command::new(integration_tests::skyledger()).args(["step", step, "describe"]).output();
    let described: Value = serde_json::from_slice(&described.expect("the step runs").stdout).expect("JSON");
    for input in inputs {
        let member = described["inputs"].as_array().expect("inputs").iter().find(|member| member["name"] == *input);
        assert!(member.is_some(), "{step} has no input {input}: {described}");
    }
}

/// What each label of the run read, by input.
fn assert_reads(folder: &str, expected: &[(&str, &str)]) {
    let manifest = smoke().manifest(folder);
    let reads = manifest["reads"].as_array().expect("reads");
    let found: Vec<(&str, &str)> =
        reads.iter().filter_map(|read| Some((read["input"].as_str()?, read["label"].as_str()?))).collect();
    assert_eq!(found, expected, "{folder}");
}

/// The folders of the plan with the log of each step.
const STEPS: [(&str, &str); 11] = [
    ("data/tiles", "00_inputs_tiling"),
    ("data/downloads", "downloader"),
    ("data/masks", "02_preprocess_masks"),
    ("data/catalogs/p1", "sextractor-p1"),
    ("data/psf", "psfex"),
    ("data/catalogs/p2", "sextractor-p2"),
    ("data/ext/usnob", "06_ext_usnob"),
    ("data/xmatch", "xmatch"),
    ("data/filter", "08_filter_validate"),
    ("data/summaries", "09_summarize_dashboard"),
    ("artifacts", "10_packaging"),
];

#[test]
fn the_run_makes_every_folder_itself() {
    let smoke = smoke();
    assert!(smoke.was_empty, "nothing was prepared");
    for (folder, _) in STEPS {
        smoke.folder(folder);
    }
    smoke.folder("data/runs");
    assert!(smoke.root.join("dashboard").is_dir() && smoke.root.join("data/cache").is_dir());
}

#[test]
fn every_step_writes_a_manifest() {
    for (folder, _) in STEPS {
        let manifest = smoke().manifest(folder);
        assert!(manifest["units"].as_array().is_some_and(|units| !units.is_empty()), "{folder} has no unit");
        assert_eq!(manifest["run_id"], RUN_ID, "{folder}");
        assert_members(&manifest, &["reads", "units", "config", "payload", "execution"]);
        assert_members(&manifest["execution"], &["started", "seconds"]);
    }
}

#[test]
fn every_step_logs_into_its_own_folder() {
    for (_, log) in STEPS {
        smoke().assert_log(log);
    }
}

#[test]
fn a_good_run_ends_with_0_and_a_bad_one_says_why() {
    let smoke = smoke();
    assert_eq!(smoke.output.status.code(), Some(0), "{}", String::from_utf8_lossy(&smoke.output.stderr));
    let bad = Command::new(integration_tests::skyledger())
        .args(["run", "vasco", "--ra", "150", "--dec", "120", "--root"])
        .arg(smoke.root.join("bad"))
        .output()
        .expect("skyledger runs");
    assert_ne!(bad.status.code(), Some(0), "declination 120 is nowhere");
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.contains("120"), "{said}");
}

#[test]
fn metrics_are_recorded() {
    let smoke = smoke();
    let download = smoke.manifest("data/downloads");
    assert_eq!(smoke.images_asked_for, 2, "one refusal and the image");
    assert_eq!(download["execution"]["attempts"][TILE], 2, "the retry is recorded: {}", download["execution"]);
    assert!(number(&download["execution"]["seconds"]) > 0.0);
    assert_eq!(download["payload"]["fits_count"], 1);
    assert!(download["units"][0]["warnings"].is_array());
}

#[test]
fn the_defaults_are_the_plans() {
    let smoke = smoke();
    assert_eq!(smoke.manifest("data/downloads")["config"]["survey"], "dss1-red");
    assert_eq!(number(&smoke.manifest("data/xmatch")["config"]["match_radius_arcsec"]), 5.0);
    assert_eq!(number(&smoke.manifest("data/filter")["config"]["validator_tolerance_arcsec"]), 0.05);
    let text = std::fs::read_to_string(integration_tests::checkout().join("config/vasco.toml")).expect("the values");
    let values: toml::Table = toml::from_str(&text).expect("TOML");
    assert_eq!(values["tiling"]["tile_size"].as_str(), Some("60x60"));
}

#[test]
fn step_00_has_its_folder() {
    smoke().folder("data/tiles");
}

#[test]
fn step_00_takes_the_flags_of_the_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |mode: &str| {
        let output = Command::new(integration_tests::skyledger())
            .args(["step", "tiling", "run", "--tile-size", "60x60", "--mode", mode, "--out", "tiles"])
            .args(["--set", "targets=[{ ra_deg = 150.0, dec_deg = 20.0 }]"])
            .current_dir(folder.path())
            .output()
            .expect("the step runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run("hex30");
    assert_eq!(code, Some(0), "{said}");
    let payload = &json(&folder.path().join("tiles/manifest.json"))["payload"];
    assert_eq!((&payload["tile_size"], &payload["tiling_mode"]), (&"60x60".into(), &"hex30".into()));
    assert_eq!(run("triangles").0, Some(21), "a mode that there is not");
}

#[test]
fn step_00_has_its_log() {
    smoke().assert_log("00_inputs_tiling");
}

#[test]
fn step_00_smoke() {
    let table = smoke().table("data/tiles", "tiles.csv");
    assert_eq!(table.n_rows(), 1, "exactly one tile");
    assert_eq!(table.texts("tile_id").expect("ids"), [TILE]);
}

#[test]
fn step_01_needs_tiles() {
    assert_needs("download", &["tiles"]);
    assert_reads("data/downloads", &[("tiles", "tiling")]);
}

#[test]
fn step_01_has_its_folder() {
    smoke().folder("data/downloads");
}

#[test]
fn step_01_writes_its_files() {
    smoke().assert_files("data/downloads", &[format!("{TILE}.fits"), "downloads.manifest.json".to_owned()]);
    let folder = smoke().folder("data/downloads");
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a manifest");
    assert_eq!(read("manifest.json"), read("downloads.manifest.json"), "the plan's name, the same bytes");
}

#[test]
fn step_01_has_the_plans_fields() {
    let manifest = smoke().manifest("data/downloads");
    assert_members(&manifest["payload"], &["endpoint", "survey", "tiles_processed", "fits_count"]);
    assert_eq!(manifest["payload"]["endpoint"], "stsci-dss");
    assert!(manifest["execution"]["attempts"].is_object(), "retries are execution");
}

#[test]
fn step_01_has_its_log() {
    smoke().assert_log("downloader");
}

#[test]
fn step_01_smoke() {
    let path = smoke().folder("data/downloads").join(format!("{TILE}.fits"));
    let image = sky_fits::read_image(&path).expect("one FITS file");
    for keyword in ["CTYPE1", "CTYPE2"] {
        assert!(image.header.text(keyword).is_some_and(|text| text.contains("TAN")), "{keyword}");
    }
}

#[test]
fn step_02_needs_images() {
    assert_needs("mask", &["frames"]);
    assert_reads("data/masks", &[("frames", "download"), ("bright", "catalog-bright")]);
}

#[test]
fn step_02_has_its_folder() {
    smoke().folder("data/masks");
}

#[test]
fn step_02_writes_its_files() {
    smoke().assert_files("data/masks", &of_tile(&[".clean.fits", ".mask", ".background.fits"]));
}

#[test]
fn step_02_has_the_plans_fields() {
    let facts = &smoke().tile("data/masks")["facts"]["mask"];
    assert_eq!(facts["input_fits"], format!("{TILE}.fits"));
    assert_eq!(facts["clean_fits"], format!("{TILE}.clean.fits"));
    assert_eq!(facts["mask_file"], format!("{TILE}.mask"));
    assert_members(facts, &["mask_threshold_mag", "max_radius_arcsec", "bright_stars", "masked_pixels"]);
}

#[test]
fn step_02_takes_the_flags_of_the_plan() {
    let output = Command::new(integration_tests::skyledger())
        .args(["step", "mask", "run", "--help"])
        .output()
        .expect("the step runs");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for flag in ["--mask-threshold", "--max-radius", "--catalog"] {
        assert!(help.contains(flag), "{flag} is missing in {help}");
    }
}

#[test]
fn step_02_leaves_the_solution_that_the_detector_uses() {
    let solution = |folder: &str, ending: &str| {
        let image = sky_fits::read_image(&smoke().folder(folder).join(format!("{TILE}{ending}"))).expect("an image");
        sky_wcs::Wcs::from_header(&image.header).expect("a solution")
    };
    let (received, clean) = (solution("data/downloads", ".fits"), solution("data/masks", ".clean.fits"));
    let astrometry = |folder: &str| smoke().tile(folder)["facts"]["astrometry"].clone();
    assert_eq!(astrometry("data/masks"), astrometry("data/catalogs/p1"), "mask and detector name one solution");
    for (x_px, y_px) in [(0.0, 0.0), (350.0, 350.0), (700.0, 10.0), (5.0, 690.0)] {
        let place = sky_coords::PixelPos::new(x_px, y_px);
        let apart = received.sky_from_pixel(place).separation_arcsec(clean.sky_from_pixel(place));
        assert!(apart < 1e-9, "{apart} arcsec apart at {x_px} {y_px}");
    }
}

#[test]
fn step_02_has_its_log() {
    smoke().assert_log("02_preprocess_masks");
}

#[test]
fn step_02_smoke() {
    let facts = &smoke().tile("data/masks")["facts"]["mask"];
    assert!(number(&facts["bright_stars"]) >= 1.0, "the plate has stars brighter than 12: {facts}");
    let mask = sky_fits::read_image(&smoke().folder("data/masks").join(format!("{TILE}.mask"))).expect("the mask");
    let masked = mask.pixels.iter().filter(|bits| **bits != 0.0).count();
    assert!(masked > 0, "the mask is empty");
    assert_eq!(number(&facts["masked_pixels"]), masked as f64);
}

#[test]
fn step_03_needs_clean_images_with_masks() {
    assert_needs("detect", &["frames"]);
    assert_reads("data/catalogs/p1", &[("frames", "mask")]);
}

#[test]
fn step_03_has_its_folder() {
    smoke().folder("data/catalogs/p1");
}

#[test]
fn step_03_searches_with_the_plans_settings() {
    for folder in ["data/catalogs/p1", "data/catalogs/p2"] {
        let config = &smoke().manifest(folder)["config"];
        assert_eq!(number(&config["detect"]["min_area_px"]), 5.0, "DETECT_MINAREA");
        assert_eq!(number(&config["background"]["mesh_px"]), 64.0, "BACK_SIZE");
        assert_eq!(config["photometry"]["aperture_diameters_px"], serde_json::json!([5.0]), "PHOT_APERTURES");
        assert_eq!(number(&config["photometry"]["kron_factor"]), 2.5, "PHOT_AUTOPARAMS");
        assert_eq!(number(&config["photometry"]["kron_min_radius"]), 3.5, "PHOT_AUTOPARAMS");
    }
}

#[test]
fn step_03_has_the_plans_parameters() {
    let detect = &smoke().manifest("data/catalogs/p1")["config"]["detect"];
    assert_eq!(number(&detect["threshold_sigma"]), 5.0, "DETECT_THRESH");
    assert_eq!(number(&detect["deblend_levels"]), 32.0, "DEBLEND_NTHRESH");
    assert_eq!(number(&detect["deblend_contrast"]), 0.005, "DEBLEND_MINCONT");
}

#[test]
fn step_03_has_the_plans_fields() {
    let facts = &smoke().tile("data/catalogs/p1")["facts"];
    assert_eq!(facts["p1_cat"], format!("{TILE}.cat"));
    assert_members(facts, &["objects_detected", "threshold_sigma", "threshold_adu"]);
    assert!(facts.get("psf_model_used").is_none(), "pass 1 has no PSF: {facts}");
}

#[test]
fn step_03_has_its_log() {
    smoke().assert_log("sextractor-p1");
}

#[test]
fn step_03_smoke() {
    assert!(rows_of_catalogue("data/catalogs/p1") > 0, "no object was detected");
}

/// Rows of the LDAC catalogue of a pass, which its manifest counts as well.
fn rows_of_catalogue(folder: &str) -> usize {
    let (_, table) = sky_fits::ldac::read(&smoke().folder(folder).join(format!("{TILE}.cat"))).expect("an LDAC file");
    let rows = table.numbers("NUMBER").expect("NUMBER").len();
    assert_eq!(number(&smoke().tile(folder)["facts"]["objects_detected"]), rows as f64);
    rows
}

#[test]
fn step_03_writes_its_columns() {
    let path = smoke().folder("data/catalogs/p1").join(format!("{TILE}.cat"));
    let (_, table) = sky_fits::ldac::read(&path).expect("an LDAC file");
    for name in ["X_IMAGE", "Y_IMAGE", "MAG_AUTO", "XMIN_IMAGE", "YMAX_IMAGE", "FLAGS", "ALPHA_J2000"] {
        assert!(table.column(name).is_ok(), "{name} is missing");
    }
    assert!(table.column("SPREAD_MODEL").is_err(), "pass 1 knows no PSF");
}

#[test]
fn step_04_needs_the_catalogue_of_pass_1() {
    assert_needs("psf", &["frames", "catalog"]);
    assert_reads("data/psf", &[("frames", "mask"), ("catalog", "detect-p1")]);
}

#[test]
fn step_04_has_its_folder() {
    smoke().folder("data/psf");
}

#[test]
fn step_04_writes_its_file() {
    smoke().assert_files("data/psf", &of_tile(&[".psf"]));
}

#[test]
fn step_04_has_its_log() {
    smoke().assert_log("psfex");
}

#[test]
fn step_04_smoke() {
    let facts = &smoke().tile("data/psf")["facts"];
    sky_fits::PsfexFile::read(&smoke().folder("data/psf").join(format!("{TILE}.psf"))).expect("PSFEx's format");
    assert!(number(&facts["stars_used"]) >= 50.0, "{facts}");
}

#[test]
fn step_05_needs_the_model() {
    assert_reads("data/catalogs/p2", &[("frames", "mask"), ("psf", "psf")]);
    let root = tempfile::tempdir().expect("a folder");
    let refused = Command::new(integration_tests::skyledger())
        .args(["step", "detect", "run", "--out", "out", "--read", "psf=none.psf"])
        .current_dir(root.path())
        .output()
        .expect("the step runs");
    assert_eq!(refused.status.code(), Some(2), "a model that is not there");
}

#[test]
fn step_05_has_its_folder() {
    smoke().folder("data/catalogs/p2");
}

#[test]
fn step_05_uses_the_model_of_step_04() {
    let manifest = smoke().manifest("data/catalogs/p2");
    let read = manifest["reads"].as_array().expect("reads").iter().find(|read| read["input"] == "psf");
    assert_eq!(read.expect("it reads a PSF")["label"], "psf");
    let facts = &smoke().tile("data/catalogs/p2")["facts"];
    assert_eq!(facts["p2_cat"], format!("{TILE}.cat"));
    assert_eq!(facts["psf_model_used"], format!("{TILE}.psf"));
    assert_members(facts, &["objects_detected"]);
}

#[test]
fn step_05_writes_its_columns() {
    let path = smoke().folder("data/catalogs/p2").join(format!("{TILE}.cat"));
    let (_, table) = sky_fits::ldac::read(&path).expect("an LDAC file");
    for name in ["FWHM_IMAGE", "SNR_WIN", "SPREAD_MODEL", "SPREADERR_MODEL", "XPSF_IMAGE", "FLUX_PSF"] {
        let values = table.numbers(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(values.iter().filter(|value| value.is_finite()).count() > values.len() / 2, "{name} has no values");
    }
}

#[test]
fn step_05_has_its_log() {
    smoke().assert_log("sextractor-p2");
}

#[test]
fn step_05_smoke() {
    let (first, second) = (rows_of_catalogue("data/catalogs/p1"), rows_of_catalogue("data/catalogs/p2"));
    let share = second as f64 / first as f64;
    assert!((0.8..=1.2).contains(&share), "{first} rows in pass 1, {second} in pass 2: tolerance 0.8 to 1.2");
}

#[test]
fn step_06_needs_the_frames() {
    assert_needs("catalog", &["frames"]);
    assert_reads("data/ext/usnob", &[("frames", "mask")]);
}

#[test]
fn step_06_has_its_folder() {
    smoke().folder("data/ext/usnob");
}

#[test]
fn step_06_fetches_usnob_and_leaves_ps1_out() {
    assert_eq!(smoke().tile("data/ext/usnob")["facts"]["table"], "I/284/out");
    let ps1 = smoke().manifest("data/ext/ps1");
    let unit = &ps1["units"][0];
    assert_eq!((&unit["status"], &unit["reason"]["kind"]), (&"skipped".into(), &"configuration".into()), "{unit}");
}

#[test]
fn step_06_writes_its_file() {
    smoke().assert_files("data/ext/usnob", &of_tile(&[".csv"]));
}

#[test]
fn step_06_has_the_plans_fields() {
    let manifest = smoke().manifest("data/ext/usnob");
    assert_eq!(manifest["payload"]["catalog_name"], "usnob");
    assert!(number(&manifest["payload"]["rows_fetched"]) > 0.0);
    let notes = &manifest["execution"]["notes"][TILE];
    assert_members(notes, &["cache_hits", "requests", "waits_s"]);
}

#[test]
fn step_06_has_the_plans_columns() {
    let table = smoke().table("data/ext/usnob", &format!("{TILE}.csv"));
    let ids = table.texts("id").expect("ids");
    assert!(!ids.is_empty() && ids.iter().all(|id| !id.is_empty()), "each row has an id");
    for name in ["ra_deg", "dec_deg"] {
        assert!(table.numbers(name).expect(name).iter().all(|value| value.is_finite()), "{name} is finite");
    }
    let mags = table.numbers("mag").expect("magnitudes");
    assert!(mags.iter().filter(|mag| mag.is_finite()).count() > mags.len() / 2, "most rows have a magnitude");
}

#[test]
fn step_06_has_its_log() {
    smoke().assert_log("06_ext_usnob");
}

#[test]
fn step_06_smoke() {
    assert!(smoke().table("data/ext/usnob", &format!("{TILE}.csv")).n_rows() > 0, "no row was fetched");
}

#[test]
fn step_07_needs_detections_and_references() {
    assert_needs("xmatch", &["detections", "references"]);
    let labels = ["catalog-usnob", "catalog-gaia", "catalog-ps1"].map(|label| ("references", label));
    let reads: Vec<(&str, &str)> = [("detections", "detect-p2")].into_iter().chain(labels).collect();
    assert_reads("data/xmatch", &reads);
}

#[test]
fn step_07_has_its_folder() {
    smoke().folder("data/xmatch");
}

#[test]
fn step_07_writes_its_files() {
    smoke().assert_files("data/xmatch", &of_tile(&["_xmatch.csv", "_cdss.csv", "_local.csv", "_refonly.csv"]));
}

#[test]
fn step_07_has_the_plans_fields() {
    let payload = &smoke().manifest("data/xmatch")["payload"];
    assert_eq!(number(&payload["match_radius_arcsec"]), 5.0);
    assert_members(payload, &["matched_count", "unmatched_cdss", "unmatched_local"]);
}

#[test]
fn step_07_has_its_log() {
    smoke().assert_log("xmatch");
}

#[test]
fn step_07_smoke() {
    let pairs = smoke().table("data/xmatch", &format!("{TILE}_xmatch.csv"));
    assert!(pairs.n_rows() > 100, "{} pairs", pairs.n_rows());
    assert!(pairs.numbers("separation_arcsec").expect("separations").iter().all(|distance| *distance <= 5.0));
    let folder = smoke().folder("data/xmatch");
    for role in ["local", "cdss"] {
        assert!(folder.join(format!("{TILE}_{role}.csv")).is_file(), "{role}");
    }
}

#[test]
fn step_08_needs_the_matches() {
    assert_needs("filter", &["matches", "detections", "references"]);
}

#[test]
fn step_08_has_its_folder() {
    smoke().folder("data/filter");
}

#[test]
fn step_08_writes_its_files() {
    smoke().assert_files("data/filter", &of_tile(&["_kept.csv", "_dropped.csv"]));
    let folder = smoke().folder("data/filter");
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a manifest");
    assert_eq!(read("manifest.json"), read("filter.manifest.json"), "the plan's name, the same bytes");
}

#[test]
fn step_08_has_the_plans_fields() {
    let facts = &smoke().tile("data/filter")["facts"];
    assert_eq!(facts["rule_set"], "solano2022");
    assert_eq!(number(&facts["kept_count"]) + number(&facts["dropped_count"]), number(&facts["detections"]));
    assert_members(&facts["validator"], &["pairs_checked", "tolerance_arcsec", "max_difference_arcsec"]);
    let config = &smoke().manifest("data/filter")["config"];
    assert_members(config, &["judge", "vetoes", "evidence"]);
    assert_eq!(config["vetoes"], serde_json::json!(["usnob"]), "USNO-B is the plan's veto");
}

#[test]
fn step_08_has_its_log() {
    smoke().assert_log("08_filter_validate");
}

#[test]
fn step_08_smoke() {
    smoke().assert_files("data/filter", &of_tile(&["_kept.csv"]));
    let validator = &smoke().tile("data/filter")["facts"]["validator"];
    assert!(number(&validator["pairs_checked"]) > 100.0, "{validator}");
    assert_eq!(number(&validator["tolerance_arcsec"]), 0.05);
    assert!(number(&validator["max_difference_arcsec"]) < 0.05, "{validator}");
}

#[test]
fn step_09_reads_every_manifest_before_it() {
    let manifest = smoke().manifest("data/summaries");
    let labels: Vec<&str> =
        manifest["reads"].as_array().expect("reads").iter().filter_map(|read| read["label"].as_str()).collect();
    assert_eq!(labels.len(), 12, "{labels:?}");
    assert!(labels.contains(&"filter") && labels.contains(&"tiling"), "{labels:?}");
}

#[test]
fn step_09_has_its_folders() {
    smoke().folder("data/summaries");
    assert!(smoke().root.join("dashboard").is_dir());
}

#[test]
fn step_09_updates_the_dashboard() {
    let own =
        std::fs::read(smoke().folder("data/summaries").join("anomalies_minimal.csv")).expect("the run's own copy");
    let dashboard = std::fs::read(smoke().root.join("dashboard/anomalies_minimal.csv")).expect("the dashboard");
    assert_eq!(dashboard, own, "one run: the dashboard is its table");
}

#[test]
fn step_09_has_the_plans_fields() {
    let facts = &smoke().manifest("data/summaries")["units"][0]["facts"];
    for name in ["summary.md", "summary.csv"] {
        assert!(facts["summary_paths"].as_array().is_some_and(|paths| paths.contains(&name.into())), "{facts}");
    }
    assert!(facts["plots"].as_array().is_some_and(|plots| !plots.is_empty()), "{facts}");
    assert_members(facts, &["fwhm_image_median_px", "mag_auto_median", "snr_win_median"]);
}

#[test]
fn step_09_has_its_log() {
    smoke().assert_log("09_summarize_dashboard");
}

#[test]
fn step_09_smoke() {
    let names = ["summary.md", "summary.csv", "anomalies_minimal.csv"].map(str::to_owned);
    smoke().assert_files("data/summaries", &names);
    let dashboard = std::fs::metadata(smoke().root.join("dashboard/anomalies_minimal.csv")).expect("the dashboard");
    assert!(dashboard.len() > 0);
}

#[test]
fn step_10_packs_a_whole_run() {
    let run = json(&smoke().folder("data/runs").join("run.json"));
    assert_eq!(run["run_id"], RUN_ID);
    let steps = run["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 14, "every label has its manifest in run.json");
    let facts = &smoke().manifest("artifacts")["units"][0]["facts"];
    assert_eq!(number(&facts["manifests_count"]), steps.len() as f64 - 1.0, "all but package's own: {facts}");
}

#[test]
fn step_10_has_its_folder() {
    smoke().folder("artifacts");
}

#[test]
fn step_10_writes_its_files() {
    smoke().assert_files("artifacts", &[format!("{RUN_ID}.zip"), format!("{RUN_ID}.zip.sha256")]);
}

#[test]
fn step_10_has_the_plans_fields() {
    let payload = &smoke().manifest("artifacts")["payload"];
    assert_eq!(payload["archives"], serde_json::json!([format!("{RUN_ID}.zip")]));
    assert_members(payload, &["size_bytes", "checksums"]);
    let facts = &smoke().manifest("artifacts")["units"][0]["facts"];
    assert_members(facts, &["tables_count", "models_count", "pages_count", "schemas_count"]);
}

#[test]
fn step_10_has_its_log() {
    smoke().assert_log("10_packaging");
}

#[test]
fn step_10_smoke() {
    let folder = smoke().folder("artifacts");
    let zip = folder.join(format!("{RUN_ID}.zip"));
    let checked = Command::new("sha256sum").args(["-c", &format!("{RUN_ID}.zip.sha256")]).current_dir(&folder).output();
    if let Ok(checked) = checked {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
    let said = std::fs::read_to_string(folder.join(format!("{RUN_ID}.zip.sha256"))).expect("the checksum");
    let sum = step_harness::sum_of_file(&zip).expect("the archive").sha256;
    assert_eq!(said, format!("{sum}  {RUN_ID}.zip\n"));
    let verified = Command::new(integration_tests::skyledger()).arg("verify").arg(&zip).output().expect("verify runs");
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && text.contains("verified"), "{text}");
}

#[test]
fn the_whole_run_verifies() {
    let verified = Command::new(integration_tests::skyledger())
        .args(["verify", RUN_ID, "--root"])
        .arg(&smoke().root)
        .output()
        .expect("verify runs");
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && text.contains("14 manifests"), "{text}");
}

#[test]
fn the_two_workflows_have_the_vetoes_that_they_say() {
    let evidence = |workflow: &str| {
        let text = std::fs::read_to_string(integration_tests::checkout().join(format!("config/{workflow}.toml")));
        let values: toml::Table = toml::from_str(&text.expect("the values")).expect("TOML");
        let given = serde_json::to_value(&values["filter"]).expect("JSON");
        (step_harness::entry::<step_filter::Filter>().resolve)(&given).expect("a good configuration")
    };
    let (vasco, vanished) = (evidence("vasco"), evidence("vanished"));
    let list = |names: &[&str]| serde_json::json!(names);
    assert_eq!((&vasco["vetoes"], &vasco["evidence"]), (&list(&["usnob"]), &list(&["usnob"])));
    assert_eq!(vasco["judge"]["rule_set"], "solano2022");
    assert_eq!(vanished["vetoes"], list(&["gaia", "ps1"]), "USNO-B holds the stars that vanished");
    assert_eq!(vanished["evidence"], list(&["gaia", "ps1", "usnob"]), "USNO-B names the stars of the spike rules");
    assert_eq!(vanished["judge"]["rule_set"], "evidence");
}

//! Ten tiles of which one fails: the others are packaged, and the exit code says so.

use std::path::Path;
use std::process::{Command, Output};

use loopback_services::{Fault, LoopbackServices, Occasion, SimSky};
use serde_json::Value;
use sky_sim::{RenderParams, Scene, SceneParams};

const RUN_ID: &str = "run-20260101_000000";

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Ten tiles of 9' along a row of one simulated plate; the fifth question for an image gets one of another survey.
fn run(root: &Path, more: &[&str]) -> Output {
    let scene = Scene::generate(&SceneParams {
        seed: 11,
        centre_ra_deg: 150.0,
        centre_dec_deg: 0.0,
        size_arcmin: 100.0,
        n_catalogue_stars: 25_000,
        brightest_mag: 12.5,
        ..SceneParams::default()
    });
    let server = LoopbackServices::start(SimSky::new(scene, RenderParams::default()).expect("a simulated sky"))
        .expect("a port of this machine");
    server.inject("stsci-dss", Occasion::Nth(5), Fault::WrongSurvey);
    let targets: String = (0..10).map(|tile| format!("{:.3},0.05\n", 149.4 + 0.12 * f64::from(tile))).collect();
    std::fs::write(root.join("targets.csv"), format!("ra_deg,dec_deg\n{targets}")).expect("a list of targets");
    let mut command = Command::new(integration_tests::skyledger());
    command.args(["run", "vasco", "--run-id", RUN_ID, "--root"]).arg(root);
    command.arg("--targets").arg(root.join("targets.csv"));
    command.args(["--set", "tiling.tile_size=\"9x9\""]);
    for label in ["download", "catalog-bright", "catalog-usnob"] {
        command.args(["--set", &format!("{label}.transfer.gap_s=0.0")]);
    }
    for (name, address) in server.addresses() {
        command.args(["--service", &format!("{name}={address}")]);
    }
    command.args(more).output().expect("skyledger runs")
}

#[test]
fn one_failed_tile_of_ten_leaves_nine_packaged() {
    let root = tempfile::tempdir().expect("a folder");
    let output = run(root.path(), &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    let downloads = json(&root.path().join(format!("data/downloads/{RUN_ID}/manifest.json")));
    let units = downloads["units"].as_array().expect("units");
    let failed: Vec<&Value> = units.iter().filter(|unit| unit["status"] != "done").collect();
    assert_eq!((units.len(), failed.len()), (10, 1), "{failed:?}");
    assert_eq!(failed[0]["reason"]["kind"], "wrong_survey");
    let verdicts = json(&root.path().join(format!("data/filter/{RUN_ID}/manifest.json")));
    let count = |status: &str| {
        verdicts["units"].as_array().expect("units").iter().filter(|unit| unit["status"] == status).count()
    };
    assert_eq!((count("done"), count("blocked")), (9, 1), "{said}");
    let archive = json(&root.path().join(format!("artifacts/{RUN_ID}/manifest.json")));
    assert_eq!(archive["units"][0]["status"], "done");
    let page =
        std::fs::read_to_string(root.path().join(format!("data/summaries/{RUN_ID}/summary.md"))).expect("a page");
    assert!(page.contains(failed[0]["unit"].as_str().expect("an id")), "the page names the tile that failed");
    let verified = Command::new(integration_tests::skyledger())
        .arg("verify")
        .arg(root.path().join(format!("artifacts/{RUN_ID}/{RUN_ID}.zip")))
        .output()
        .expect("skyledger runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn with_fail_fast_nothing_follows_a_failed_tile() {
    let root = tempfile::tempdir().expect("a folder");
    let output = run(root.path(), &["--fail-fast"]);
    assert!(!matches!(output.status.code(), Some(0 | 3)), "{:?}", output.status.code());
    assert!(!root.path().join("data/masks").join(RUN_ID).join("manifest.json").exists(), "no step after download ran");
}

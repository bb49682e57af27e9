//! Lines of the plan that hold for the whole run.

use super::*;

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
fn every_step_has_the_folder_and_the_log_of_the_plan() {
    // The workflow with what it takes from the one that it extends.
    let workflow = &json(&smoke().folder("data/runs").join("run.json"))["workflow"];
    let steps = workflow["step"].as_array().expect("steps");
    for (folder, log) in STEPS {
        let step = steps.iter().find(|step| step["folder"].as_str() == Some(folder));
        let step = step.unwrap_or_else(|| panic!("the workflow has no step with the survey plan's folder {folder}"));
        assert_eq!(step["log"].as_str(), Some(log), "log folder of {}", step["label"]);
        assert!(smoke().folder(folder).join("manifest.json").is_file(), "{folder} has no manifest of the run");
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
    // config/vasco.toml takes the tiles from the configuration that it extends.
    let text = std::fs::read_to_string(integration_tests::checkout().join("config/vanished.toml")).expect("the values");
    let values: toml::Table = toml::from_str(&text).expect("TOML");
    assert_eq!(values["tiling"]["tile_size"].as_str(), Some("60x60"));
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

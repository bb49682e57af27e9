//! The workflows that come with the program.

use std::process::Command;

#[test]
fn every_built_in_workflow_can_be_planned() {
    for workflow in ["vanished", "vasco", "random"] {
        let root = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(integration_tests::skyledger());
        command.args(["plan", workflow, "--json", "--root"]).arg(root.path());
        if workflow != "random" {
            command.args(["--ra", "150", "--dec", "20"]);
        }
        let answer = command.output().expect("skyledger runs");
        assert!(answer.status.success(), "{workflow}: {}", String::from_utf8_lossy(&answer.stderr));
        let plan: serde_json::Value = serde_json::from_slice(&answer.stdout).expect("plan prints JSON");
        let steps = plan["plan"]["steps"].as_array().expect("steps");
        assert_eq!(steps.len(), 14, "{workflow}: every label is planned");
        let left = std::fs::read_dir(root.path()).expect("the root").count();
        assert_eq!(left, 0, "{workflow}: a plan leaves nothing behind");
    }
}

#[test]
fn the_night_is_planned_from_a_folder_and_refused_without_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (root, raw) = (folder.path().join("root"), folder.path().join("raw"));
    std::fs::create_dir(&raw).expect("a folder");
    std::fs::write(raw.join("a.fits"), "no image").expect("a file");
    let plan = |more: &[&str]| {
        let mut command = Command::new(integration_tests::skyledger());
        command.args(["plan", "night", "--json", "--root"]).arg(&root).args(more);
        command.output().expect("skyledger runs")
    };
    let input = format!("raw={}", raw.display());
    let answer = plan(&["--input", &input]);
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let plan_json: serde_json::Value = serde_json::from_slice(&answer.stdout).expect("plan prints JSON");
    let steps = plan_json["plan"]["steps"].as_array().expect("steps");
    let labels: Vec<&str> = steps.iter().filter_map(|step| step["label"].as_str()).collect();
    assert_eq!(labels, ["ingest", "measure", "cull"]);
    let refused = plan(&[]);
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && text.contains("raw"), "{text}");
}

/// `plan --resolved --json` of a workflow.
fn resolved(workflow: &str, path: Option<&std::path::Path>) -> serde_json::Value {
    let root = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(integration_tests::skyledger());
    command.args(["plan", workflow, "--resolved", "--json", "--root"]).arg(root.path());
    if let Some(path) = path {
        let before = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{before}", path.display()));
    }
    let answer = command.output().expect("skyledger runs");
    assert!(answer.status.success(), "{workflow}: {}", String::from_utf8_lossy(&answer.stderr));
    serde_json::from_slice(&answer.stdout).expect("plan prints JSON")
}

/// The step of a label in a resolved workflow.
fn step<'a>(resolved: &'a serde_json::Value, label: &str) -> &'a serde_json::Value {
    let steps = resolved["workflow"]["step"].as_array().expect("steps");
    steps.iter().find(|step| step["label"] == label).unwrap_or_else(|| panic!("no step {label}"))
}

#[test]
fn the_resolved_workflow_writes_out_every_read_and_value() {
    let vanished = resolved("vanished", None);
    let reads = |label: &str, member: &str| step(&vanished, label)["reads"][member].clone();
    for (label, member, expected) in [
        ("download", "tiles", "tiling"),
        ("catalog-bright", "frames", "download"),
        ("mask", "frames", "download"),
        ("mask", "bright", "catalog-bright"),
        ("detect-p1", "frames", "mask"),
        ("psf", "catalog", "detect-p1"),
        ("detect-p2", "frames", "mask"),
        ("detect-p2", "psf", "psf"),
        ("catalog-gaia", "frames", "mask"),
        ("xmatch", "detections", "detect-p2"),
        ("filter", "detections", "detect-p2"),
        ("filter", "matches", "xmatch"),
    ] {
        assert_eq!(reads(label, member), serde_json::json!([expected]), "{label}.{member}");
    }
    assert_eq!(reads("catalog-gaia", "local"), serde_json::Value::Null, "nothing is to be undone");
    assert_eq!(reads("detect-p1", "psf"), serde_json::Value::Null, "pass 1 has no PSF");
    assert_eq!(vanished["configuration"]["detect-p1"]["detect"]["deblend_contrast"], 0.002);
    let default = &vanished["configuration"]["detect-p1"]["detect"]["threshold_sigma"];
    assert!(default.is_number(), "a default stands as well: {default}");
}

#[test]
fn random_is_vanished_but_for_its_targets() {
    let (mut vanished, random) = (resolved("vanished", None), resolved("random", None));
    assert_eq!(random["configuration"]["tiling"]["mode"], "random");
    assert_eq!(random["configuration"]["catalog-bright"]["margin_arcmin"], 5.0, "a halo reaches 5' into a tile");
    vanished["configuration"]["tiling"]["mode"] = "random".into();
    assert_eq!(vanished["configuration"], random["configuration"]);
    assert_eq!(vanished["workflow"]["step"], random["workflow"]["step"]);
}

#[test]
fn vasco_asks_its_veto_first_and_has_the_plans_values() {
    let vasco = resolved("vasco", None);
    let references = serde_json::json!(["catalog-usnob", "catalog-gaia", "catalog-ps1"]);
    assert_eq!(step(&vasco, "xmatch")["reads"]["references"], references);
    assert_eq!(step(&vasco, "filter")["reads"]["references"], references);
    let steps = vasco["workflow"]["step"].as_array().expect("steps");
    let labels: Vec<&str> = steps.iter().filter_map(|step| step["label"].as_str()).collect();
    assert_eq!(labels[6..10], ["detect-p2", "catalog-usnob", "catalog-gaia", "catalog-ps1"]);
    let value = |label: &str, name: &str| vasco["configuration"][label][name].clone();
    assert_eq!(value("catalog-bright", "catalog"), "tycho2");
    assert_eq!(value("filter", "evidence"), serde_json::json!(["usnob"]));
    assert_eq!(value("catalog-ps1", "enabled"), false);
    assert_eq!(vasco["configuration"]["detect-p2"]["detect"]["deblend_contrast"], 0.005);
}

#[cfg(unix)]
#[test]
fn one_line_puts_a_step_between_two_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("step-north");
    let source = integration_tests::checkout().join("tests/integration/step_north.py");
    std::fs::copy(source, &program).expect("the step is copied");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be started");
    let workflow = folder.path().join("north.toml");
    let one_line = "extends = \"vanished\"\nstep = [{ label = \"north\", after = \"tiling\" }]\n";
    std::fs::write(&workflow, one_line).expect("a workflow");
    let north = resolved(workflow.to_str().expect("a path"), Some(folder.path()));
    assert_eq!(step(&north, "north")["reads"]["tiles"], serde_json::json!(["tiling"]));
    assert_eq!(step(&north, "download")["reads"]["tiles"], serde_json::json!(["north"]), "those behind it read it");
    assert_eq!(step(&north, "north")["folder"], "data/north");
    assert_eq!(north["workflow"]["step"].as_array().map(Vec::len), Some(15));
}

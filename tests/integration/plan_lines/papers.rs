//! Steps 09 and 10: summaries and the archive.

use super::*;

#[test]
fn step_09_reads_every_manifest_before_it() {
    let manifest = smoke().manifest("data/summaries");
    let labels: Vec<&str> =
        manifest["reads"].as_array().expect("reads").iter().filter_map(|read| read["label"].as_str()).collect();
    assert_eq!(labels.len(), 12, "{labels:?}");
    assert!(labels.contains(&"filter") && labels.contains(&"tiling"), "{labels:?}");
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
fn step_09_smoke() {
    assert_line(9);
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
fn step_10_smoke() {
    assert_line(10);
}

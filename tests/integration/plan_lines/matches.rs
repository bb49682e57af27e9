//! Steps 06 to 08: catalogues, cross-match, filters.

use super::*;

#[test]
fn step_06_needs_the_frames() {
    assert_needs("catalog", &["frames"]);
    assert_reads("data/ext/usnob", &[("frames", "mask")]);
}

#[test]
fn step_06_fetches_usnob_and_leaves_ps1_out() {
    assert_eq!(smoke().tile("data/ext/usnob")["facts"]["table"], "I/284/out");
    let ps1 = smoke().manifest("data/ext/ps1");
    let unit = &ps1["units"][0];
    assert_eq!((&unit["status"], &unit["reason"]["kind"]), (&"skipped".into(), &"switched_off".into()), "{unit}");
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
fn step_06_smoke() {
    assert_line(6);
}

#[test]
fn step_07_needs_detections_and_references() {
    assert_needs("xmatch", &["detections", "references"]);
    let labels = ["catalog-usnob", "catalog-gaia", "catalog-ps1"].map(|label| ("references", label));
    let reads: Vec<(&str, &str)> = [("detections", "detect-p2")].into_iter().chain(labels).collect();
    assert_reads("data/xmatch", &reads);
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
fn step_07_smoke() {
    assert_line(7);
}

#[test]
fn step_08_needs_the_matches() {
    assert_needs("filter", &["matches", "detections", "references"]);
}

#[test]
fn step_08_writes_its_files() {
    smoke().assert_files("data/filter", &of_tile(&["_kept.csv", "_dropped.csv"]));
    let folder = smoke().folder("data/filter");
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a manifest");
    assert_eq!(read("manifest.json"), read("filter.manifest.json"), "the survey plan's name, the same bytes");
}

#[test]
fn step_08_has_the_plans_fields() {
    let facts = &smoke().tile("data/filter")["facts"];
    assert_eq!(facts["rule_set"], "solano2022");
    assert_eq!(number(&facts["kept_count"]) + number(&facts["dropped_count"]), number(&facts["detections"]));
    assert_members(&facts["validator"], &["pairs_checked", "tolerance_arcsec", "max_difference_arcsec"]);
    let config = &smoke().manifest("data/filter")["config"];
    assert_members(config, &["judge", "vetoes", "evidence"]);
    assert_eq!(config["vetoes"], serde_json::json!(["usnob"]), "USNO-B is the survey plan's veto");
}

#[test]
fn step_08_smoke() {
    assert_line(8);
}

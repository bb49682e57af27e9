//! `samples/*.json` are valid manifests, one of each product; `samples/rejected/*.json` are refused, each at a stated JSON pointer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use step_contract::RawManifest;

/// Every rejected sample and the place of its fault: of a member that is missing, the object that lacks it.
const REJECTED: [(&str, &str); 25] = [
    ("frame_of_both_roles", "/units/1/files"),
    ("frame_of_no_role", "/units/1/files"),
    ("masters_beside_an_image", "/units/0/files/dark"),
    ("unknown_frame_kind", "/units/0/facts/kind"),
    ("older_version", "/product"),
    ("done_without_facts", "/units/0"),
    ("done_without_files", "/units/0"),
    ("done_with_a_reason", "/units/0/reason"),
    ("blocked_without_reason", "/units/1"),
    ("blocked_without_step", "/units/1/reason"),
    ("unknown_fact", "/units/0/facts/tile_sise"),
    ("unknown_role", "/units/0/files/matches"),
    ("unknown_member", "/retries"),
    ("unknown_status", "/units/1/status"),
    ("negative_count", "/units/0/facts/rows_fetched"),
    ("null_for_missing", "/units/0/facts/service"),
    ("short_sum", "/units/0/files/archive/sha256"),
    ("missing_payload", ""),
    ("unsafe_unit_id", "/units/0/unit"),
    ("units_out_of_order", "/units/1/unit"),
    ("wrong_version", "/product"),
    ("duplicate_key", "/units/0/facts/objects_detected"),
    ("not_a_number", "/units/0/facts/background_adu"),
    ("integer_beyond_2_53", "/units/0/files/raw/bytes"),
    ("text_for_a_number", "/payload/units_done"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Names of the JSON files of a folder without their extension.
fn names(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).expect("the samples").map(|entry| entry.expect("an entry").path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}

#[test]
fn every_product_has_a_sample_that_passes() {
    let products: BTreeSet<String> = products::ALL.iter().map(|product| product.name.to_owned()).collect();
    assert_eq!(names(&folder()), products);
    for product in products::ALL {
        let path = folder().join(format!("{}.json", product.name));
        let (manifest, json) = RawManifest::read_json(&path, products::ALL).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(manifest.product.name, product.name);
        let payload = (product.payload)(&json["units"]).expect("units of their type");
        assert_eq!(json["payload"], payload, "{}: the payload follows from the units", product.name);
    }
}

#[test]
fn rejected_samples_are_refused_at_the_fault() {
    let stated: BTreeSet<String> = REJECTED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder().join("rejected")), stated, "each sample has its pointer, each pointer its sample");
    let mut elsewhere = Vec::new();
    for (name, pointer) in REJECTED {
        let path = folder().join("rejected").join(format!("{name}.json"));
        match RawManifest::read(&path, products::ALL) {
            Ok(_) => elsewhere.push(format!("{name} was accepted")),
            Err(error) if error.pointer == pointer => {}
            Err(error) => elsewhere.push(format!("{name}: expected at {pointer:?}: {error}")),
        }
    }
    assert!(elsewhere.is_empty(), "{}", elsewhere.join("\n"));
}

#[test]
fn a_manifest_of_an_older_version_names_the_command_that_writes_it_anew() {
    let path = folder().join("rejected/older_version.json");
    let error = RawManifest::read(&path, products::ALL).expect_err("version 1").to_string();
    let command = "skyledger run WORKFLOW --run-id run-20261121_013000 --from-step mask";
    assert!(error.contains("frame-set version 1") && error.contains(command), "{error}");
}

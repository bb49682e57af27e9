//! The examples in JSON: valid by the schemas, read by the types, hashed to the sums that the page says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use products::TargetList;
use runner::Description;
use serde_json::{Value, json};
use step_contract::{
    Engine, Event, EventLine, Job, KeyBase, RawManifest, Unit, canonical_json, canonical_sha256, event_schema,
    identity, read_input, read_manifest, schema_text, unit_schema,
};

use super::{Fence, fence, fences_of};

/// The manifest of an example as a file.
fn on_disk(fence: &Fence) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("manifest.json");
    std::fs::write(&path, &fence.text).expect("it can be written");
    (folder, path)
}

#[test]
fn the_manifests_are_valid_and_their_payloads_follow_from_their_units() {
    for fence in fences_of(&["json", "manifest"]) {
        let (_folder, path) = on_disk(&fence);
        let raw = RawManifest::read(&path, products::ALL);
        let raw = raw.unwrap_or_else(|error| panic!("docs/contract.md:{}: {error}", fence.line));
        read_manifest::<TargetList>(&path).unwrap_or_else(|error| panic!("docs/contract.md:{}: {error}", fence.line));
        let product = products::ALL.iter().find(|product| product.name == raw.product.name).expect("a product");
        let payload = (product.payload)(&fence.json()["units"]).expect("units");
        assert_eq!(payload, raw.payload, "docs/contract.md:{}: its payload", fence.line);
    }
}

#[test]
fn the_manifest_of_the_step_reads_the_adopted_one_of_the_page() {
    let (made, adopted) = (fence(&["json", "manifest"]).json(), fence(&["json", "manifest", "adopted"]).json());
    assert_eq!(made["reads"][0]["identity"], identity(&adopted), "identity of the adopted manifest of the page");
    for member in ["step", "label", "product"] {
        assert_eq!(made["reads"][0][member], adopted[member], "{member}");
    }
}

#[test]
fn what_the_page_forbids_is_refused_at_its_place() {
    let good = fence(&["json", "manifest"]);
    let at = |change: &dyn Fn(&mut Value)| {
        let mut value = good.json();
        change(&mut value);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("manifest.json");
        std::fs::write(&path, value.to_string()).expect("it can be written");
        RawManifest::read(&path, products::ALL).expect_err("it breaks the contract").pointer
    };
    assert_eq!(at(&|value| value["units"][1]["facts"]["format"] = Value::Null), "/units/1/facts/format");
    assert_eq!(at(&|value| value["units"][1]["files"]["table"]["path"] = "/x.csv".into()), "/units/1/files/table/path");
    assert_eq!(at(&|value| value["units"].as_array_mut().expect("units").reverse()), "/units/1/unit");
    assert_eq!(at(&|value| value["units"][0]["unit"] = "a b".into()), "/units/0/unit");
    assert_eq!(at(&|value| value["more"] = 1.into()), "/more");
    let blocked = json!({"kind": "blocked", "message": "nobody is named"});
    let pointer = at(&|value| {
        value["units"][0]["status"] = "blocked".into();
        value["units"][0]["reason"] = blocked.clone();
    });
    assert!(pointer.starts_with("/units/0/reason"), "blocked names step and unit: {pointer}");
}

#[test]
fn the_unit_with_ties_is_valid() {
    let fence = &fences_of(&["json", "unit"])[0];
    let product = products::ALL.iter().find(|product| product.name == fence.words[2]).expect("a product");
    let schema = unit_schema(product.schema).expect("a schema");
    let problems = schema_check::problems(&schema, &fence.json());
    assert!(problems.is_empty(), "docs/contract.md:{}: {problems:?}", fence.line);
    let unit: Unit<TargetList> = serde_json::from_value(fence.json()).expect("a unit");
    assert_eq!((unit.group(), unit.root()), (Some("field_7"), Some("M67")));
}

#[test]
fn canonical_json_and_identity_are_those_of_the_page() {
    let value = fence(&["json", "identity"]).json();
    assert_eq!(identity(&value), fence(&["text", "sha256"]).text.trim());
    let mut counts = value;
    counts.as_object_mut().expect("an object").remove("execution");
    let canonical = String::from_utf8(canonical_json(&counts)).expect("UTF-8");
    assert_eq!(canonical, fence(&["text", "canonical"]).text.trim());
}

#[test]
fn the_key_is_the_one_that_a_built_in_step_makes() {
    let made_of = fence(&["json", "key"]).json();
    let (_folder, path) = on_disk(&fence(&["json", "manifest", "adopted"]));
    let input = read_input::<TargetList>(&path, "targets", 0).expect("the adopted manifest");
    let text = |name: &str| made_of[name].as_str().expect("a text").to_owned();
    let engine: Engine = serde_json::from_value(made_of["engine"].clone()).expect("an engine");
    let base = KeyBase { step: text("step"), build: text("build"), engine, config: made_of["config"].clone() };
    let job = Job::new(text("unit")).needs(&input, "mixed");
    assert_eq!(base.key(&job), canonical_sha256(&made_of));
}

#[test]
fn the_description_is_one_that_the_runner_reads() {
    let said = fence(&["json", "describe"]).json();
    let description: Description = serde_json::from_value(said.clone()).expect("a description");
    assert_eq!(
        serde_json::to_value(&description).expect("JSON"),
        said,
        "the example names every member with its value"
    );
}

/// The kinds of events by the schema.
fn kinds(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| kinds(item, found)),
        Value::Object(members) => {
            found.extend(schema["properties"]["kind"]["const"].as_str().map(str::to_owned));
            members.values().for_each(|member| kinds(member, found));
        }
        _ => {}
    }
}

#[test]
fn the_events_are_all_kinds_of_events() {
    let mut shown = BTreeSet::new();
    let schema = schema_text(&event_schema());
    for fence in fences_of(&["json", "events"]) {
        for (index, line) in fence.text.lines().enumerate() {
            let place = format!("docs/contract.md:{}", fence.line + index);
            let event: Event = serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
            let line = EventLine { number: 1, time: "2026-11-30T20:00:34.123Z".to_owned(), label: None, event };
            let value = serde_json::to_value(&line).expect("JSON");
            let problems = schema_check::problems(&schema, &value);
            assert!(problems.is_empty(), "{place}: {problems:?}");
            shown.insert(value["event"]["kind"].as_str().expect("a kind").to_owned());
        }
    }
    let mut all = BTreeSet::new();
    kinds(&event_schema(), &mut all);
    assert_eq!(shown, all, "the kinds that the page shows, and those of the schema");
    let line = fence(&["json", "event-line"]).json();
    assert!(schema_check::problems(&schema, &line).is_empty(), "{line}");
    serde_json::from_value::<EventLine>(line).expect("a line of events.jsonl");
}

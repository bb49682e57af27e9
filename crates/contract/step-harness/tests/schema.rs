//! The schema of a product as the contract asks for it, shown on the toy product.

mod toy;

use std::path::Path;

use serde_json::{Value, json};
use step_contract::{Product as _, check_manifest, schema_of, schema_text};
use toy::TextSet;

fn sample() -> Value {
    let sum = "0".repeat(64);
    json!({
        "product": {"name": "text-set", "version": 1}, "run_id": "r", "step": "words", "label": "words", "build": "b",
        "engine": {"name": "native", "version": "1"}, "config": {}, "reads": [],
        "units": [
            {"unit": "a", "status": "done", "key": sum, "files": {"text": {"path": "a.txt", "bytes": 1, "sha256": sum}},
             "facts": {"words": 1, "mean_length": 2.5, "language": "old_greek"}, "warnings": [{"kind": "odd", "message": "odd"}]},
            {"unit": "b", "status": "failed", "reason": {"kind": "internal", "message": "m"}, "warnings": []},
            {"unit": "c", "status": "blocked", "reason": {"kind": "blocked", "message": "m", "step": "x", "unit": "c"}, "warnings": []},
            {"unit": "d", "status": "no-work", "key": sum, "reason": {"kind": "nothing", "message": "m"}, "warnings": []}
        ],
        "payload": {"words": 1}, "execution": {"seconds": 1.5, "config": {"retry": 3}, "threads": 2}
    })
}

#[test]
fn the_checked_in_schema_is_the_derived_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/toy/schemas/text-set.json");
    let derived = schema_text(&schema_of::<TextSet>());
    if std::fs::read_to_string(&path).expect("the checked-in schema") != derived {
        std::fs::write(&path, &derived).expect("rewritten");
        panic!("{} was stale and is rewritten: run the test again", path.display());
    }
}

#[test]
fn the_schema_has_no_alternatives_and_closed_objects() {
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                for word in ["anyOf", "oneOf"] {
                    assert!(!members.contains_key(word), "{path} has {word}");
                }
                assert!(members.get("type") != Some(&json!("null")), "{path} allows null");
                if members.contains_key("properties") && members.get("type") == Some(&json!("object")) {
                    assert_eq!(members.get("additionalProperties"), Some(&json!(false)), "{path} is open");
                }
                members.iter().for_each(|(name, member)| walk(member, &format!("{path}/{name}")));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path)),
            other => assert!(other != &Value::Null, "{path} is null"),
        }
    }
    walk(&schema_of::<TextSet>(), "");
    assert_eq!(schema_of::<TextSet>()["$id"], "urn:skyledger:product:text-set:1");
    assert_eq!(schema_of::<TextSet>()["title"], "text-set 1");
}

#[test]
fn a_good_manifest_passes() {
    check_manifest(Path::new("sample"), &sample(), TextSet::NAME, 1, TextSet::SCHEMA).expect("a valid sample");
}

#[test]
fn what_the_schema_rejects_it_rejects_at_the_field() {
    let sum = "0".repeat(64);
    for (at, value, pointer) in [
        ("/units/0/facts/mean_length", json!(-1), "/units/0/facts/mean_length"),
        ("/units/0/facts/words", json!(9_007_199_254_740_992_u64), "/units/0/facts/words"),
        ("/units/0/facts/words", json!("1"), "/units/0/facts/words"),
        ("/units/0/facts/mean_length", Value::Null, "/units/0/facts/mean_length"),
        ("/units/0/facts/extra", json!(1), "/units/0/facts/extra"),
        ("/units/0/facts/language", json!("french"), "/units/0/facts/language"),
        ("/units/0/reason", json!({"kind": "k", "message": "m"}), "/units/0/reason"),
        ("/units/1/files", json!({"text": {"path": "x", "bytes": 1, "sha256": sum}}), "/units/1/files"),
        ("/units/1/facts", json!({"words": 1, "mean_length": 1}), "/units/1/facts"),
        ("/units/2/reason", json!({"kind": "blocked", "message": "m"}), "/units/2/reason"),
        ("/units/3/status", json!("no_work"), "/units/3/status"),
        ("/units/0/files/text/sha256", json!("abc"), "/units/0/files/text/sha256"),
        ("/units/0/files/picture", json!(1), "/units/0/files/picture"),
        ("/units/1/unit", json!("a/b"), "/units/1/unit"),
        ("/units/1/unit", json!("a"), "/units/1/unit"),
        ("/units/1/unit", json!("A"), "/units/1/unit"),
        ("/units/0/unit", json!("B"), "/units/1/unit"),
        ("/product/version", json!(2), "/product"),
        ("/payload/seeing", json!(2), "/payload/seeing"),
        ("/execution/weather", json!("fine"), "/execution/weather"),
        ("/surprise", json!(1), "/surprise"),
    ] {
        let mut manifest = sample();
        let (parent, name) = at.rsplit_once('/').expect("a pointer");
        manifest
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .expect("an object")
            .insert(name.to_owned(), value.clone());
        let error = check_manifest(Path::new("sample"), &manifest, TextSet::NAME, 1, TextSet::SCHEMA)
            .expect_err(&format!("{at} = {value}"));
        assert_eq!(error.pointer, pointer, "{at} = {value}: {error}");
    }
    for at in ["/units/0/facts", "/units/0/files", "/units/1/reason", "/units/0/warnings", "/payload"] {
        let mut manifest = sample();
        let (parent, name) = at.rsplit_once('/').expect("a pointer");
        manifest.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(name);
        let error = check_manifest(Path::new("sample"), &manifest, TextSet::NAME, 1, TextSet::SCHEMA).expect_err(at);
        assert_eq!(error.pointer, parent, "without {at}: {error}");
        assert!(error.expected.contains(name), "{error}");
    }
}

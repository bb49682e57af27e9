//! Strict reading and canonical writing, for any JSON.

use proptest::prelude::*;
use serde_json::{Map, Value};
use step_contract::{canonical_json, canonical_sha256, parse_strict};

/// Any JSON value that strict JSON allows: finite doubles, integers up to 2^53, any text.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53)..=(1_i64 << 53)).prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn the_strict_reader_reads_what_serde_json_writes(value in json()) {
        let text = value.to_string();
        let expected: Value = serde_json::from_str(&text).expect("JSON");
        prop_assert_eq!(parse_strict(text.as_bytes()).expect(&text), expected);
    }

    #[test]
    fn canonical_json_is_canonical_when_read_again(value in json()) {
        let canonical = canonical_json(&value);
        let again: Value = serde_json::from_slice(&canonical).expect("canonical JSON is JSON");
        prop_assert_eq!(String::from_utf8(canonical_json(&again)).expect("UTF-8"), String::from_utf8(canonical).expect("UTF-8"));
        prop_assert_eq!(canonical_sha256(&again), canonical_sha256(&value));
    }

    #[test]
    fn a_cut_or_changed_text_is_read_as_serde_json_reads_it_or_refused(value in json(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = value.to_string().into_bytes();
        let at = cut.index(text.len());
        text[at] = byte;
        match (parse_strict(&text), serde_json::from_slice::<Value>(&text)) {
            (Ok(strict), Ok(loose)) => prop_assert_eq!(strict, loose),
            (Ok(strict), Err(error)) => prop_assert!(false, "strict {} where serde_json says {}", strict, error),
            (Err(_), _) => {}
        }
    }
}

//! JSON Schema validation behind one function.
//!
//! The validator is generic over its value type: each crate that called it would compile it again, so nothing else calls it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// At most so many problems of one document are told.
const MAX_PROBLEMS: usize = 20;
/// A value longer than this is cut in a message.
const MAX_SHOWN_CHARS: usize = 80;

/// What a document has that its schema does not allow, or lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer (RFC 6901) of the value; of the unknown member itself, and of the object in which a member is missing.
    pub pointer: String,
    /// What is there.
    pub found: String,
    /// What the schema asks for.
    pub expected: String,
}

/// Problems of `value` under `schema` (the text of a JSON Schema 2020-12), in document order, at most twenty; empty when it is valid.
///
/// A schema that cannot be used is itself the problem (empty pointer). Validators are built once for each text and kept.
pub fn problems(schema: &str, value: &Value) -> Vec<Problem> {
    match validator(schema) {
        Ok(validator) => {
            validator.iter_errors(value).flat_map(|error| problems_of(&error)).take(MAX_PROBLEMS).collect()
        }
        Err(message) => {
            vec![Problem { pointer: String::new(), found: message, expected: "a schema that can be used".to_owned() }]
        }
    }
}

fn validator(schema: &str) -> Result<Arc<Validator>, String> {
    static BUILT: Mutex<Option<HashMap<String, Arc<Validator>>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    if let Some(validator) = built.get(schema) {
        return Ok(Arc::clone(validator));
    }
    let parsed: Value = serde_json::from_str(schema).map_err(|error| format!("the schema is not JSON: {error}"))?;
    let validator =
        jsonschema::validator_for(&parsed).map_err(|error| format!("the schema cannot be used: {error}"))?;
    let validator = Arc::new(validator);
    built.insert(schema.to_owned(), Arc::clone(&validator));
    Ok(validator)
}

fn problems_of(error: &jsonschema::ValidationError<'_>) -> Vec<Problem> {
    let pointer = error.instance_path().as_str().to_owned();
    let found = shown(error.instance());
    let one = |expected: String| vec![Problem { pointer: pointer.clone(), found: found.clone(), expected }];
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Problem {
                pointer: format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                found: "a member that is not known".to_owned(),
                expected: "no member of that name".to_owned(),
            })
            .collect(),
        ValidationErrorKind::Required { property } => vec![Problem {
            pointer: pointer.clone(),
            found: "an object without it".to_owned(),
            expected: format!("a member {property}"),
        }],
        ValidationErrorKind::FalseSchema => one("no such member here".to_owned()),
        ValidationErrorKind::Minimum { limit } => one(format!("at least {limit}")),
        ValidationErrorKind::Maximum { limit } => one(format!("at most {limit}")),
        ValidationErrorKind::ExclusiveMinimum { limit } => one(format!("more than {limit}")),
        ValidationErrorKind::ExclusiveMaximum { limit } => one(format!("less than {limit}")),
        ValidationErrorKind::Constant { expected_value } => one(expected_value.to_string()),
        ValidationErrorKind::Enum { options } => one(format!("one of {options}")),
        ValidationErrorKind::Pattern { pattern } => one(format!("text that matches {pattern}")),
        _ => {
            let mut text = error.masked_with("it").to_string();
            if text.starts_with("it is not of type") {
                text = text.replacen("it is not of type", "a value of type", 1);
            }
            one(text)
        }
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Object(members) => return format!("an object of {} members", members.len()),
        Value::Array(items) => return format!("an array of {} items", items.len()),
        other => other.to_string(),
    };
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"required":["a"],
        "properties":{"a":{"type":"number","minimum":0},"s":{"enum":["x","y"]},"f":{"type":"array","items":{"type":"string","pattern":"^[a-z]+$"}}}}"#;

    #[test]
    fn a_valid_document_has_no_problem() {
        assert_eq!(problems(SCHEMA, &json!({"a": 1.5, "s": "x", "f": ["abc"]})), []);
    }

    #[test]
    fn each_problem_ends_at_the_value() {
        for (document, pointer, expected) in [
            (json!({"a": -1}), "/a", "at least 0"),
            (json!({"a": "1"}), "/a", "a value of type \"number\""),
            (json!({"s": "x"}), "", "a member \"a\""),
            (json!({"a": 1, "s": "z"}), "/s", "one of [\"x\",\"y\"]"),
            (json!({"a": 1, "f": ["ok", "No"]}), "/f/1", "text that matches ^[a-z]+$"),
            (json!({"a": 1, "b/c": 2}), "/b~1c", "no member of that name"),
        ] {
            let found = problems(SCHEMA, &document);
            assert_eq!(found.len(), 1, "{document}: {found:?}");
            assert_eq!((found[0].pointer.as_str(), found[0].expected.as_str()), (pointer, expected), "{document}");
        }
    }

    #[test]
    fn a_broken_schema_is_a_problem() {
        assert_eq!(problems("{", &json!(1)).len(), 1);
        assert_eq!(problems(r#"{"type":"nonsense"}"#, &json!(1)).len(), 1);
    }
}

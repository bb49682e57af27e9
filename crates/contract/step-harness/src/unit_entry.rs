//! The entry of a unit in a manifest.

use serde_json::Value;

/// A unit as JSON, in the order in which people read it.
pub(crate) fn unit_json(
    id: &str,
    status: step_contract::Status,
    key: Option<String>,
    done: Option<(Value, Value)>,
    reason: Option<&step_contract::Reason>,
    warnings: &[step_contract::Warning],
    ties: step_contract::Ties,
) -> Value {
    let mut unit = serde_json::Map::new();
    unit.insert("unit".to_owned(), id.into());
    unit.insert("status".to_owned(), serde_json::json!(status));
    if let Some(key) = key {
        unit.insert("key".to_owned(), key.into());
    }
    let ties = ties.beside(done.as_ref().map_or(&Value::Null, |(_, facts)| facts));
    if let Some((files, facts)) = done {
        unit.insert("files".to_owned(), files);
        unit.insert("facts".to_owned(), facts);
    }
    if let Some(reason) = reason {
        unit.insert("reason".to_owned(), serde_json::json!(reason));
    }
    unit.insert("warnings".to_owned(), serde_json::json!(warnings));
    if !ties.is_empty() {
        unit.insert("ties".to_owned(), serde_json::json!(ties));
    }
    Value::Object(unit)
}

//! What a step says of itself: its `describe`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use step_contract::{Arity, ProductRef};

/// The answer of `step-<id> describe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Step id.
    pub step: String,
    /// Version.
    pub version: String,
    /// `unit` or `run`.
    pub scope: String,
    /// Members in order.
    pub inputs: Vec<InputDescription>,
    /// Product that it writes.
    pub output: ProductRef,
    /// JSON Schema of its configuration, defaults included.
    pub config_schema: Value,
    /// Engines.
    #[serde(default)]
    pub engines: Vec<String>,
    /// Memory of one unit.
    #[serde(default)]
    pub memory_bytes: u64,
}

/// One input member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputDescription {
    /// Name.
    pub name: String,
    /// Product (empty for `run`).
    #[serde(default)]
    pub product: String,
    /// Version (0 for `run`).
    #[serde(default)]
    pub version: u32,
    /// How many.
    pub arity: Arity,
}

impl Description {
    /// Whether it looks across units.
    pub fn is_run_scope(&self) -> bool {
        self.scope == "run"
    }

    /// The value that the configuration of this step has at a dotted path, where `given` says nothing: the schema's default.
    pub fn value_at<'a>(&'a self, given: &'a Value, path: &[&str]) -> Option<&'a Value> {
        dig(given, path).or_else(|| self.default_at(path))
    }

    fn default_at(&self, path: &[&str]) -> Option<&Value> {
        let mut schema = &self.config_schema;
        for (depth, name) in path.iter().enumerate() {
            if let Some(value) = schema.get("default").and_then(|default| dig(default, &path[depth..])) {
                return Some(value);
            }
            schema = self.follow(schema).get("properties")?.get(name)?;
        }
        schema.get("default").or_else(|| self.follow(schema).get("default"))
    }

    fn follow<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'))
            .and_then(|pointer| self.config_schema.pointer(pointer))
            .unwrap_or(schema)
    }
}

fn dig<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

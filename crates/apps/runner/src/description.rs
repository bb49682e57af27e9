//! What a step says of itself: its `describe`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use step_contract::{Arity, Edge, ProductRef, RowMeaning, Scope};

/// The answer of `step-<id> describe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Step id.
    pub step: String,
    /// Version.
    pub version: String,
    /// Unit by unit, group by group, or across everything.
    pub scope: Scope,
    /// Kinds of the first input's units that are its own; nothing: all.
    #[serde(default)]
    pub kinds: Vec<String>,
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
    /// Whether it takes `--events-fd` and tells what happens to its units.
    #[serde(default)]
    pub events: bool,
    /// Whether it runs even when what stands before it is missing, and takes what there is.
    #[serde(default)]
    pub always_runs: bool,
    /// Roles of its files that are pixels.
    #[serde(default)]
    pub pixel_roles: Vec<String>,
    /// Role of the run's file that holds its rows for the dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard_role: Option<String>,
    /// Role of the run's file that is a page for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_role: Option<String>,
    /// Tables whose rows can be explained, by role.
    #[serde(default)]
    pub explained_roles: BTreeMap<String, RowMeaning>,
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
    /// By which units it is reached.
    #[serde(default)]
    pub edge: Edge,
}

impl Description {
    /// Whether it looks across everything.
    pub fn is_run_scope(&self) -> bool {
        self.scope == Scope::Run
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

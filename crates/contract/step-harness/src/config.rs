//! Configuration: file, flags and `--set` to one resolved value, checked against the step's schema, split into what counts for the
//! result and what is execution.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use step_contract::{ContractError, parse_strict};

/// Characters of a line that a message shows.
const MAX_SHOWN_CHARS: usize = 60;

/// A resolved configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resolved {
    /// Everything, defaults included.
    pub(crate) all: Value,
    /// What counts for identity and keys.
    pub(crate) identity: Value,
    /// Parameters marked `x-execution`.
    pub(crate) execution: Value,
}

/// A command-line flag that a parameter's schema declares with `x-flag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredFlag {
    /// `tile-size`, without dashes.
    pub(crate) name: String,
    /// Members down to the parameter.
    pub(crate) path: Vec<String>,
    /// Whether its value is text (no TOML quotes needed).
    pub(crate) is_text: bool,
    /// Its description.
    pub(crate) help: String,
}

/// Reads TOML (`.toml`, and whatever is not `.json`) or strict JSON.
pub fn parse_config(path: &Path, bytes: &[u8]) -> Result<Value, String> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return parse_strict(bytes).map_err(|error| {
            format!("at {:?}: found {}, expected strict JSON; mend it", error.pointer, error.message)
        });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("at byte {}: found no UTF-8, expected TOML; mend that byte", error.valid_up_to()))?;
    parse_toml(text)
}

/// TOML as JSON; numbers that are not finite and dates are refused.
pub fn parse_toml(text: &str) -> Result<Value, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| toml_problem(text, &error))?;
    json_of("", toml::Value::Table(table))
}

/// What TOML refuses, in one line: where, what was found, what was expected, what to do.
pub fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let rest = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let found: String = rest.chars().filter(|symbol| !symbol.is_control()).take(MAX_SHOWN_CHARS).collect();
    let why: String = error.message().replace('\n', ", ").chars().take(4 * MAX_SHOWN_CHARS).collect();
    format!("line {line}, column {column}: found {found:?}, expected TOML that can be read ({why}); mend that line")
}

/// The value of a `--set KEY=VALUE`: TOML.
pub fn parse_set(setting: &str) -> Result<(String, Value), String> {
    let (key, value) = setting.split_once('=').ok_or_else(|| format!("{setting:?} is not KEY=VALUE"))?;
    let parsed = parse_toml(&format!("value = {value}"))
        .map_err(|_| format!("{key}: {value} is no TOML value; text needs quotes: --set '{key}=\"{value}\"'"))?;
    match parsed {
        Value::Object(mut members) if members.len() == 1 => {
            Ok((key.trim().to_owned(), members.remove("value").unwrap_or_default()))
        }
        _ => Err(format!("{key}: {value} is more than one TOML value")),
    }
}

/// Sets the member that `path` names, making the objects on the way.
pub fn set_member(config: &mut Value, path: &[&str], value: Value) -> Result<(), String> {
    let Some((name, rest)) = path.split_first() else {
        *config = value;
        return Ok(());
    };
    let members = config.as_object_mut().ok_or_else(|| format!("{name} is set below a value that has no members"))?;
    set_member(members.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new())), rest, value)
}

/// Lays `over` upon `under`, member by member.
pub fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                match under.get_mut(&name) {
                    Some(place) => overlay(place, value),
                    None => {
                        under.insert(name, value);
                    }
                }
            }
        }
        (under, over) => *under = over,
    }
}

/// Takes out the members that are null: an absent value is an absent member.
pub(crate) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// Splits a resolved configuration by the marks in its schema.
pub(crate) fn split(all: Value, schema: &Value) -> Resolved {
    let mut identity = all.clone();
    let mut execution = Value::Object(Map::new());
    walk(schema, &mut Vec::new(), &mut |path, property| {
        if property["x-execution"] == true
            && let Some(value) = take_member(&mut identity, path)
        {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let _ = set_member(&mut execution, &names, value);
        }
    });
    Resolved { all, identity, execution }
}

/// The flags that the schema declares.
pub(crate) fn declared_flags(schema: &Value) -> Vec<DeclaredFlag> {
    let mut flags = Vec::new();
    walk(schema, &mut Vec::new(), &mut |path, property| {
        if let Some(name) = property["x-flag"].as_str() {
            flags.push(DeclaredFlag {
                name: name.trim_start_matches('-').to_owned(),
                path: path.to_vec(),
                is_text: property["type"] == "string",
                help: property["description"].as_str().unwrap_or_default().to_owned(),
            });
        }
    });
    flags
}

/// A configuration error as people write keys: `detect.threshold_sigma`, with the file.
pub(crate) fn in_config(mut error: ContractError, file: Option<&PathBuf>) -> ContractError {
    error.file = file.cloned().unwrap_or_else(|| PathBuf::from("configuration"));
    error.cure = "`config-schema` prints every parameter with its range and default";
    error
}

fn walk(schema: &Value, path: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &Value)) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        visit(path, property);
        walk(property, path, visit);
        path.pop();
    }
}

fn take_member(value: &mut Value, path: &[String]) -> Option<Value> {
    let (last, before) = path.split_last()?;
    let mut at = value;
    for name in before {
        at = at.get_mut(name.as_str())?;
    }
    at.as_object_mut()?.remove(last.as_str())
}

fn json_of(pointer: &str, value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => serde_json::Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| format!("at {pointer}: found {number}, expected a finite number; mend that line"))?,
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(at, item)| json_of(&format!("{pointer}/{at}"), item))
                .collect::<Result<_, _>>()?,
        ),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(name, item)| {
                    let item = json_of(&format!("{pointer}/{name}"), item)?;
                    Ok((name, item))
                })
                .collect::<Result<_, String>>()?,
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_toml() {
        assert_eq!(parse_set("a.b=4"), Ok(("a.b".to_owned(), json!(4))));
        assert_eq!(parse_set("a=[\"x\", \"y\"]"), Ok(("a".to_owned(), json!(["x", "y"]))));
        assert_eq!(parse_set("a=\"x=y\""), Ok(("a".to_owned(), json!("x=y"))));
        for wrong in ["a", "a=x", "a=nan", "a=1\nb=2"] {
            assert!(parse_set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn execution_parameters_are_split_off() {
        let schema = json!({"properties": {
            "http": {"type": "object", "properties": {"retry": {"x-execution": true, "x-flag": "--retry"}, "survey": {}}},
            "gap_s": {"x-execution": true},
        }});
        let split = split(json!({"http": {"retry": 5, "survey": "dss1-red"}, "gap_s": 1.0}), &schema);
        assert_eq!(split.identity, json!({"http": {"survey": "dss1-red"}}));
        assert_eq!(split.execution, json!({"http": {"retry": 5}, "gap_s": 1.0}));
        assert_eq!(declared_flags(&schema)[0].path, ["http", "retry"]);
    }

    #[test]
    fn one_value_is_laid_over_another() {
        let mut config = json!({"a": {"b": 1, "c": 2}});
        overlay(&mut config, json!({"a": {"b": 3}, "d": 4}));
        set_member(&mut config, &["a", "e", "f"], json!(5)).expect("objects on the way");
        assert_eq!(config, json!({"a": {"b": 3, "c": 2, "e": {"f": 5}}, "d": 4}));
        assert!(set_member(&mut config, &["d", "x"], json!(1)).is_err());
    }
}

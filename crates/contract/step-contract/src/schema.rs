//! The JSON Schema of a product's manifest, derived from its types (docs/contract.md, "The schema").
//!
//! Closed objects, no `anyOf`, no `oneOf`, no `null`: with `if`/`then` an error ends at the field that is wrong.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::execution::Execution;
use crate::parts::{Engine, FileEntry, Read, Status};
use crate::product::Product;
use crate::reason::{Reason, Warning};
use crate::shard::Shard;
use crate::ties::Ties;

/// The schema (draft 2020-12) of the manifest of a product.
pub fn schema_of<P: Product>() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let files = reference::<P::Files>(&mut generator);
    let facts = reference::<P::Facts>(&mut generator);
    let payload = reference::<P::Payload>(&mut generator);
    manifest_schema(P::NAME, P::VERSION, files, facts, payload, generator)
}

/// The schema of a configuration, with `$ref`s resolved in place.
pub fn config_schema_of<C: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<C>().to_value();
    tidy(&mut schema);
    schema
}

/// The schema of one unit, from the schema of its manifest.
pub fn unit_schema(manifest_schema: &str) -> Result<String, serde_json::Error> {
    let manifest: Value = serde_json::from_str(manifest_schema)?;
    Ok(json!({"$schema": manifest["$schema"], "$ref": "#/$defs/Unit", "$defs": manifest["$defs"]}).to_string())
}

/// A schema as it is checked in: indented, with a newline at the end.
pub fn schema_text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn reference<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn manifest_schema(
    name: &str,
    version: u32,
    files: Value,
    facts: Value,
    payload: Value,
    mut generator: SchemaGenerator,
) -> Value {
    let sum = json!({"type": "string", "pattern": "^[0-9a-f]{64}$"});
    let text = json!({"type": "string", "minLength": 1});
    let status = reference::<Status>(&mut generator);
    let reason = reference::<Reason>(&mut generator);
    let warning = reference::<Warning>(&mut generator);
    let ties = reference::<Ties>(&mut generator);
    let entry = reference::<FileEntry>(&mut generator);
    let engine = reference::<Engine>(&mut generator);
    let read = reference::<Read>(&mut generator);
    let shard = reference::<Shard>(&mut generator);
    let execution = reference::<Execution>(&mut generator);
    let unit = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["unit", "status", "warnings"],
        "properties": {
            "unit": {"type": "string", "pattern": "^[A-Za-z0-9._+-]+$"},
            "status": status,
            "key": sum,
            "files": files,
            "facts": facts,
            "reason": reason,
            "warnings": {"type": "array", "items": warning},
            "ties": ties,
        },
        "if": {"properties": {"status": {"const": "done"}}},
        "then": {"required": ["files", "facts"], "properties": {"reason": false}},
        "else": {"required": ["reason"], "properties": {"files": false, "facts": false}},
        "allOf": [{
            "if": {"properties": {"status": {"const": "blocked"}}},
            "then": {"properties": {"reason": {"required": ["step", "unit"]}}},
        }],
    });
    let mut definitions: Map<String, Value> = generator.take_definitions(true).into_iter().collect();
    definitions.insert("Unit".to_owned(), unit);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:skyledger:product:{name}:{version}"),
        "title": format!("{name} {version}"),
        "description": format!("Manifest of the product {name}, version {version}"),
        "type": "object",
        "additionalProperties": false,
        "required": ["product", "run_id", "step", "label", "build", "engine", "config", "reads", "units", "payload", "execution"],
        "properties": {
            "product": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "version"],
                "properties": {"name": {"const": name}, "version": {"const": version}},
            },
            "run_id": text,
            "step": text,
            "label": text,
            "build": text,
            "engine": engine,
            "config": {"type": "object"},
            "reads": {"type": "array", "items": read},
            "units": {"type": "array", "items": {"$ref": "#/$defs/Unit"}},
            "files": {"type": "object", "additionalProperties": entry},
            "payload": payload,
            "shard": shard,
            "execution": execution,
        },
        "$defs": definitions,
    });
    tidy(&mut schema);
    schema
}

/// Takes out what the contract does not have: `null` alternatives of optional members and alternatives that are only constants.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => {
            members.values_mut().for_each(tidy);
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            without_null_type(members);
            without_null_alternative(members);
            constants_to_enum(members);
            if members.contains_key("properties") && members.get("type").is_some_and(|kind| kind == "object") {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        _ => {}
    }
}

/// `type: [T, null]` becomes `type: T`.
fn without_null_type(members: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [kind] = types.as_slice() {
            let kind = kind.clone();
            members.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

/// `anyOf: [T, null]` becomes `T`.
fn without_null_alternative(members: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = members.get_mut("anyOf") else { return };
    alternatives.retain(|alternative| alternative != &json!({"type": "null"}));
    if let [Value::Object(only)] = alternatives.as_slice() {
        let only = only.clone();
        members.remove("anyOf");
        for (name, value) in only {
            members.entry(name).or_insert(value);
        }
    }
}

/// `oneOf` of documented constants becomes `enum`.
fn constants_to_enum(members: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = members.get("oneOf") else { return };
    let mut values = Vec::new();
    for alternative in alternatives {
        match (alternative.get("const"), alternative.get("enum")) {
            (Some(value), None) => values.push(value.clone()),
            (None, Some(Value::Array(several))) => values.extend(several.iter().cloned()),
            _ => return,
        }
    }
    members.remove("oneOf");
    members.insert("type".to_owned(), "string".into());
    members.insert("enum".to_owned(), Value::Array(values));
}

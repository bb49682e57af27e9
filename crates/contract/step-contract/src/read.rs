//! Reading a manifest: size cap, strict JSON, schema, then typed.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::canonical::identity;
use crate::error::{CURE, ContractError, broken, of_rule, pointer_of};
use crate::input::Input;
use crate::manifest::Manifest;
use crate::product::{Product, check_units};
use crate::rules::check_rules;
use crate::strict::parse_strict;

/// A manifest larger than this is refused before it is read (12,000 units take about 10 MB).
pub const MAX_MANIFEST_BYTES: u64 = 128 << 20;

/// A manifest as JSON, checked against the schema of its product, with its identity.
#[derive(Clone, Debug)]
pub struct CheckedJson {
    /// The manifest.
    pub value: Value,
    /// Its identity.
    pub identity: String,
}

/// Reads and types the manifest of a product.
pub fn read_manifest<P: Product>(path: &Path) -> Result<(Manifest<P>, String), ContractError> {
    let CheckedJson { value, identity } = read_checked(path, P::NAME, P::VERSION, P::SCHEMA)?;
    let manifest: Manifest<P> = typed(path, value)?;
    check_units(&manifest.units).map_err(|rule| of_rule(path, rule))?;
    Ok((manifest, identity))
}

/// Reads and types a manifest as an input bound to a member.
pub fn read_input<P: Product>(path: &Path, member: &'static str, index: usize) -> Result<Input<P>, ContractError> {
    let (manifest, identity) = read_manifest::<P>(path)?;
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    let external = manifest.execution.inputs.iter().map(|(name, path)| (name.clone(), PathBuf::from(path))).collect();
    Ok(Input::new(member, index, manifest, identity, folder, external))
}

/// Reads a manifest and checks it against the schema of that product.
pub fn read_checked(path: &Path, product: &str, version: u32, schema: &str) -> Result<CheckedJson, ContractError> {
    let value = read_strict(path)?;
    check_manifest(path, &value, product, version, schema)?;
    Ok(CheckedJson { identity: identity(&value), value })
}

/// Reads a file of strict JSON.
pub fn read_strict(path: &Path) -> Result<Value, ContractError> {
    let bytes = read_bytes(path)?;
    parse_strict(&bytes).map_err(|error| ContractError {
        pointer: error.pointer,
        found: error.message,
        expected: "strict JSON".to_owned(),
        ..broken(path, "run the step that wrote it again")
    })
}

/// Checks a manifest that is already JSON: its product and version first, then its schema, then the order of its units.
pub fn check_manifest(
    path: &Path,
    value: &Value,
    product: &str,
    version: u32,
    schema: &str,
) -> Result<(), ContractError> {
    let found = (value["product"]["name"].as_str(), value["product"]["version"].as_u64());
    if found != (Some(product), Some(u64::from(version))) {
        let found = match found {
            (Some(name), Some(version)) => format!("{name} version {version}"),
            _ => "no product".to_owned(),
        };
        let cure = "give the manifest of a step that writes this product, or run that step again with this release";
        return Err(ContractError {
            pointer: "/product".to_owned(),
            found,
            expected: format!("{product} version {version}{}", rewritten_by(value, product)),
            ..broken(path, cure)
        });
    }
    check(path, value, schema)?;
    check_rules(path, value)
}

/// The command that writes a manifest of the product anew, where it is one of an older release.
fn rewritten_by(value: &Value, product: &str) -> String {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let (run_id, label) = (text("run_id"), text("label"));
    match value["product"]["name"].as_str() == Some(product) && !run_id.is_empty() && !label.is_empty() {
        // What was adopted is adopted anew by the step that reads it.
        true if run_id == "adopted" => format!(" (`skyledger adopt {product} FILE... --out DIR` writes it anew)"),
        true => format!(" (`skyledger run WORKFLOW --run-id {run_id} --from-step {label}` writes it anew)"),
        false => String::new(),
    }
}

/// Checks any document against a schema.
pub fn check(path: &Path, value: &Value, schema: &str) -> Result<(), ContractError> {
    let problems = schema_check::problems(schema, value);
    let more = problems.len().saturating_sub(1);
    match problems.into_iter().next() {
        None => Ok(()),
        Some(problem) => Err(ContractError {
            pointer: problem.pointer,
            found: problem.found,
            expected: problem.expected,
            more,
            ..broken(path, CURE)
        }),
    }
}

/// Types a document; the error points at the member that cannot be typed.
pub fn typed<T: DeserializeOwned>(path: &Path, value: Value) -> Result<T, ContractError> {
    serde_path_to_error::deserialize(value).map_err(|error| ContractError {
        pointer: pointer_of(error.path()),
        found: error.inner().to_string(),
        expected: "a value of its type".to_owned(),
        ..broken(path, CURE)
    })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ContractError> {
    let unreadable = |error: std::io::Error| ContractError {
        found: error.to_string(),
        expected: "a manifest that can be read".to_owned(),
        ..broken(path, "run the step that writes it, or give another path")
    };
    // Asked before it is opened: a pipe that nobody writes to would never open.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(ContractError {
            found: "something that is no regular file".to_owned(),
            expected: "a manifest".to_owned(),
            ..broken(path, "give the path of a manifest.json")
        });
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > MAX_MANIFEST_BYTES {
        return Err(ContractError {
            found: format!("{length} bytes"),
            expected: format!("at most {MAX_MANIFEST_BYTES} bytes"),
            ..broken(path, "give the manifest.json of a step")
        });
    }
    let mut bytes = Vec::with_capacity(length as usize + 1);
    file.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

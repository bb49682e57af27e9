//! What the command does for a step that is not built in: the payload that it may leave out.

use std::path::Path;

use step_contract::{ContractError, ProductEntry, read_strict};

/// Adds the payload, computed from the units, to a manifest without one, before anything else reads or hashes it.
pub(crate) fn complete_payload(path: &Path, products: &[ProductEntry]) -> Result<(), ContractError> {
    let mut manifest = read_strict(path)?;
    if manifest.get("payload").is_some() {
        return Ok(());
    }
    let name = manifest["product"]["name"].as_str().unwrap_or_default().to_owned();
    let Some(product) = products.iter().find(|product| product.name == name) else { return Ok(()) };
    let refuse = |pointer: &str, found: String| ContractError {
        file: path.to_owned(),
        pointer: pointer.to_owned(),
        found,
        expected: format!("units of a {name}"),
        cure: "correct the step that wrote this manifest",
        more: 0,
    };
    let payload = (product.payload)(&manifest["units"]).map_err(|error| refuse("/units", error))?;
    if let Some(manifest) = manifest.as_object_mut() {
        manifest.insert("payload".to_owned(), payload);
    }
    step_harness::write_atomic(path, |writer| step_harness::write_manifest(&manifest, writer))
        .map(|_| ())
        .map_err(|error: std::io::Error| refuse("", error.to_string()))
}

//! Who may depend on whom (ARCHITECTURE.md, "Layers").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folders below `crates/`, in the order of their layers: a crate uses only layers before its own, or its own.
const LAYERS: [&str; 7] = ["vocabulary", "kernels", "io", "contract", "stand-ins", "steps", "apps"];

/// A crate with its layer and its direct dependencies (development ones left out).
pub(crate) struct Crate {
    /// Place in [`LAYERS`]; what stands outside `crates/` (`xtask`, `tests/`) comes after all of them.
    layer: usize,
    pub(crate) folder: PathBuf,
    pub(crate) dependencies: Vec<String>,
}

impl Crate {
    pub(crate) fn is(&self, layer: &str) -> bool {
        LAYERS.get(self.layer) == Some(&layer)
    }

    pub(crate) fn is_in_crates(&self) -> bool {
        self.layer < LAYERS.len()
    }
}

/// The layer that the folder of a manifest shows: `crates/<layer>/<crate>/Cargo.toml`.
fn layer_of(folder: &Path) -> usize {
    let crates = integration_tests::checkout().join("crates");
    let Ok(below) = folder.strip_prefix(&crates) else { return LAYERS.len() };
    let parts: Vec<&str> = below.iter().filter_map(|part| part.to_str()).collect();
    assert_eq!(parts.len(), 2, "{}: a crate lies in crates/<layer>/<crate>", folder.display());
    let place = LAYERS.iter().position(|layer| *layer == parts[0]);
    place.unwrap_or_else(|| panic!("crates/{} is no layer; add it to ARCHITECTURE.md and to this test", parts[0]))
}

/// Our crates with their direct dependencies (development ones left out), by name.
pub(crate) fn workspace() -> BTreeMap<String, Crate> {
    let answer = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(integration_tests::checkout())
        .output()
        .expect("cargo metadata runs");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let metadata: Value = serde_json::from_slice(&answer.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            let direct = dependencies
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned());
            let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
            let folder = manifest.parent().expect("a manifest lies in a folder").to_owned();
            let found = Crate { layer: layer_of(&folder), dependencies: direct.collect(), folder };
            (package["name"].as_str().expect("a name").to_owned(), found)
        })
        .collect()
}

#[test]
fn a_crate_uses_only_layers_above_its_own() {
    let workspace = workspace();
    let mut wrong = Vec::new();
    for (name, own) in &workspace {
        for dependency in &own.dependencies {
            if workspace.get(dependency).is_some_and(|used| used.layer > own.layer) {
                wrong.push(format!("{name} uses {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the layers of ARCHITECTURE.md: {}", wrong.join(", "));
    assert!(workspace.len() >= 40, "{} crates were looked at", workspace.len());
}

#[test]
fn no_step_uses_a_step_no_door_a_kernel_and_the_harness_knows_no_product() {
    let workspace = workspace();
    for (name, own) in &workspace {
        for used in &own.dependencies {
            let Some(dependency) = workspace.get(used) else { continue };
            assert!(!(own.is("steps") && dependency.is("steps")), "the step {name} uses the step {used}");
            assert!(
                !(own.is("io") && dependency.is("kernels")),
                "{name}, a door to disk or network, uses the kernel {used}"
            );
        }
    }
    let products = &workspace["products"].dependencies;
    let kernels: Vec<&String> =
        products.iter().filter(|name| workspace.get(*name).is_some_and(|used| used.is("kernels"))).collect();
    assert!(kernels.iter().all(|name| *name == "sky-wcs"), "products may use sky-wcs, not {kernels:?}");
    assert!(
        !workspace["step-harness"].dependencies.contains(&"products".to_owned()),
        "the harness is generic over products"
    );
}

#[test]
fn the_doors_are_few() {
    let doors: [(&str, &[&str]); 5] = [
        ("clap", &["step-harness", "skyledger", "xtask"]),
        ("reqwest", &["sky-services"]),
        ("jsonschema", &["schema-check"]),
        ("fitsio-pure", &["sky-fits", "proof"]),
        ("fitsio", &["sky-fits"]),
    ];
    for (dependency, allowed) in doors {
        let users: Vec<String> = workspace()
            .into_iter()
            .filter(|(_, own)| own.dependencies.iter().any(|name| name == dependency))
            .map(|(name, _)| name)
            .collect();
        assert!(!users.is_empty(), "{dependency} is used by nobody");
        for user in users {
            assert!(allowed.contains(&user.as_str()), "{user} uses {dependency}; only {allowed:?} may");
        }
    }
}

#[test]
fn kernels_touch_no_file_clock_environment_or_network() {
    let forbidden =
        ["std::fs", "fs_err", "std::env", "std::net", "SystemTime", "Instant::now", "std::process", "HashMap"];
    let mut looked_at = 0;
    for own in workspace().into_values().filter(|own| own.is("vocabulary") || own.is("kernels")) {
        for file in rust_files(&own.folder.join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for word in forbidden {
                let used = code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(word));
                assert!(!used, "{} mentions {word}", file.display());
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 50, "{looked_at} files were looked at");
}

/// Programs that must know steps by what they say of themselves.
const KNOWS_NO_STEP: [&str; 3] =
    ["crates/apps/runner/src", "crates/apps/skyledger/src", "crates/steps/step-package/src"];

#[test]
fn runner_command_and_package_name_no_step() {
    let checkout = integration_tests::checkout();
    let ids: Vec<String> = workspace()
        .iter()
        .filter(|(_, own)| own.is("steps"))
        .filter_map(|(name, _)| name.strip_prefix("step-").map(|id| format!("\"{id}\"")))
        .collect();
    assert!(ids.contains(&"\"detect\"".to_owned()), "{ids:?}");
    let (mut named, mut looked_at) = (Vec::new(), 0);
    for file in KNOWS_NO_STEP.iter().flat_map(|folder| rust_files(&checkout.join(folder))) {
        if file.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a source file");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            // A step says its own id once; a workflow may have the name of a step (`stack`).
            let says_other = line.contains("const ID: &'static str") || line.contains("built_in![");
            let is_code = !line.trim_start().starts_with("//") && !says_other;
            if is_code && ids.iter().any(|id| line.contains(id)) {
                named.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
        looked_at += 1;
    }
    assert!(named.is_empty(), "ask the step's `describe` instead:\n{}", named.join("\n"));
    assert!(looked_at > 50, "{looked_at} files were looked at");
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

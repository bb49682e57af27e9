//! Who may depend on whom (ARCHITECTURE.md, "Layers").

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Vocabulary, kernels, disk and net, contract, stand-ins, steps, program: a crate uses only layers above its own, or its own.
const LAYERS: [(&str, &[&str]); 3] = [
    ("vocabulary", &["sky-coords", "sky-image", "sky-catalog"]),
    ("disk and net", &["sky-fits", "sky-table", "sky-archive"]),
    ("contract", &["schema-check", "step-contract", "products", "step-harness", "archive-harness", "build-identity"]),
];

fn layer(name: &str) -> usize {
    for (index, (_, crates)) in LAYERS.iter().enumerate() {
        if crates.contains(&name) {
            return [0, 2, 3][index];
        }
    }
    match name {
        "loopback-archive" => 4,
        "runner" | "skyledger" => 6,
        "xtask" | "test-sky" | "integration-tests" | "proof" | "compare" => 7,
        _ if name.starts_with("sky-") => 1,
        _ if name.starts_with("step-") => 5,
        other => panic!("{other} is in no layer; add it to ARCHITECTURE.md and to this test"),
    }
}

/// Our crates with their direct dependencies (development ones left out), by name.
fn workspace() -> BTreeMap<String, Vec<String>> {
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
            (package["name"].as_str().expect("a name").to_owned(), direct.collect())
        })
        .collect()
}

#[test]
fn a_crate_uses_only_layers_above_its_own() {
    let workspace = workspace();
    let mut wrong = Vec::new();
    for (name, dependencies) in &workspace {
        for dependency in dependencies.iter().filter(|dependency| workspace.contains_key(*dependency)) {
            if layer(dependency) > layer(name) {
                wrong.push(format!("{name} uses {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the layers of ARCHITECTURE.md: {}", wrong.join(", "));
    assert!(workspace.len() >= 40, "{} crates were looked at", workspace.len());
}

#[test]
fn no_step_uses_a_step_and_the_harness_knows_no_product() {
    let workspace = workspace();
    let is_step = |name: &str| layer(name) == 5;
    for (name, dependencies) in workspace.iter().filter(|(name, _)| is_step(name)) {
        for dependency in dependencies {
            assert!(!(workspace.contains_key(dependency) && is_step(dependency)), "{name} uses {dependency}");
        }
    }
    assert!(!workspace["step-harness"].contains(&"products".to_owned()), "the harness is generic over products");
}

#[test]
fn the_doors_are_few() {
    let doors: [(&str, &[&str]); 4] = [
        ("clap", &["step-harness", "skyledger", "xtask"]),
        ("reqwest", &["sky-archive"]),
        ("jsonschema", &["schema-check"]),
        ("fitsio-pure", &["sky-fits", "proof"]),
    ];
    for (dependency, allowed) in doors {
        let users: Vec<String> = workspace()
            .into_iter()
            .filter(|(_, dependencies)| dependencies.iter().any(|name| name == dependency))
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
    for (name, _) in workspace().into_iter().filter(|(name, _)| layer(name) <= 1) {
        let source = integration_tests::checkout().join("crates").join(&name).join("src");
        for file in rust_files(&source) {
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

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
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

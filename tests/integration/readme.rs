//! Every example of the README runs.

use std::process::Command;

use tempfile::TempDir;

#[test]
fn every_example_of_the_readme_runs() {
    let readme = std::fs::read_to_string(integration_tests::checkout().join("README.md")).expect("the README");
    let folder = TempDir::new().expect("a folder");
    let mut ran = 0;
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    for line in blocks.flat_map(str::lines) {
        let Some(words) = line.strip_prefix("skyledger ") else {
            // The two cargo commands: CI runs the first as its phase "demo", and this test is part of the second.
            assert!(
                ["cargo run --release -- demo", "cargo test --release --workspace"].contains(&line),
                "{line}: an example that nothing runs"
            );
            continue;
        };
        let output = Command::new(integration_tests::skyledger())
            .args(words.split_whitespace())
            .current_dir(folder.path())
            .output()
            .expect("skyledger can be started");
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        ran += 1;
    }
    assert!(ran >= 10, "{ran} examples ran");
}

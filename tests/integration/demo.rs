//! `skyledger demo`: the survey chain on a simulated plate, offline.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{manifest, skyledger, skyledger_in};

/// Every file below a folder with its bytes; what is execution (logs, cache, journals, events, locks) left out, manifests and run.json without `execution`.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            if path.is_dir() {
                if name != "logs" && name != "data/cache" {
                    folders.push(path);
                }
                continue;
            }
            if [".lock", ".execution.json", "units.jsonl", "events.jsonl"].iter().any(|ending| name.ends_with(ending)) {
                continue;
            }
            let mut bytes = std::fs::read(&path).expect("a file");
            if name.ends_with(".json") {
                let mut value: Value = serde_json::from_slice(&bytes).expect("JSON");
                if let Some(members) = value.as_object_mut() {
                    members.remove("execution");
                }
                bytes = value.to_string().into_bytes();
            }
            files.insert(name, bytes);
        }
    }
    files
}

#[test]
fn the_demo_recovers_the_vanished_stars_and_its_archive_verifies() {
    let folder = TempDir::new().expect("a folder");
    let root = folder.path().display().to_string();
    let demo = skyledger(&["demo", "--root", &root, "--run-id", "run-20261121_000000", "--json"]).expect(0);
    let start = demo.stdout.rfind("\n{").map_or(0, |place| place + 1);
    let verdict: Value = serde_json::from_str(&demo.stdout[start..]).expect("the verdict is JSON");
    let number = |name: &str| verdict[name].as_u64().expect("a count");
    assert_eq!(number("planted"), 40);
    let (clean, recovered) = (number("planted_clean"), number("recovered_clean"));
    assert!(clean >= 10, "{clean} clean stars above SNR_WIN 50");
    // A star that has another one of its brightness near it by chance is classed as moved: at most one of twenty.
    let moved = verdict["lost"]["moved"].as_u64().unwrap_or(0);
    assert!(20 * moved <= number("planted"), "{moved} vanished stars were classed as moved");
    assert!(
        10 * (recovered + moved) >= 9 * clean,
        "{recovered} of {clean} clean vanished stars above SNR_WIN 50 were recovered, {moved} were classed as moved"
    );
    let lost: u64 = verdict["lost"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    assert_eq!(number("recovered") + lost, number("planted"), "every planted star is recovered or lost for a reason");
    let picture = verdict["picture"].as_str().expect("a path");
    assert!(std::fs::read(picture).expect("the picture").starts_with(b"\x89PNG"), "{picture} is a PNG");
    assert!(folder.path().join("dashboard/anomalies_minimal.csv").is_file(), "the dashboard is rebuilt");

    skyledger(&["verify", "run-20261121_000000", "--root", &root]).expect(0);
    let zip = verdict["archive"].as_str().expect("a path").to_owned();
    skyledger(&["verify", &zip]).expect(0);
    let filter = manifest(folder.path(), "data/filter", "run-20261121_000000");
    let unit = filter["units"][0]["unit"].as_str().expect("a unit").to_owned();
    let explained = skyledger(&["explain", "run-20261121_000000", &format!("{unit}:1"), "--root", &root]).expect(0);
    assert!(explained.stdout.contains("verdict"), "{}", explained.stdout);
}

#[test]
fn threads_folder_time_zone_and_locale_change_no_byte() {
    let folder = TempDir::new().expect("a folder");
    let shallow = folder.path().join("a");
    let deep = folder.path().join("b/of/another/depth");
    let demo = |root: &Path, threads: &str, environment: &[(&str, &str)]| {
        let root = root.display().to_string();
        let words =
            ["demo", "--root", &root, "--run-id", "run-20261121_000000", "--size-arcmin", "20", "--threads", threads];
        skyledger_in(folder.path(), &words, environment).expect(0);
    };
    demo(&shallow, "1", &[("TZ", "UTC"), ("LC_ALL", "C")]);
    demo(&deep, "2", &[("TZ", "Pacific/Auckland"), ("LC_ALL", "de_DE.UTF-8")]);
    let (first, second) = (files(&shallow), files(&deep));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second), "the same files");
    assert!(first.len() > 40 && first.keys().any(|name| name.ends_with(".zip")), "{} files were compared", first.len());
    for (name, bytes) in &first {
        assert!(bytes == &second[name], "{name} differs");
    }
}

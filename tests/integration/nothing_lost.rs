//! A run with results takes no other question, and a start that is refused leaves no run.

use std::collections::BTreeSet;
use std::path::Path;

use loopback_services::{Fault, LoopbackServices, Occasion, PlainSky};
use sky_coords::SkyPos;

use crate::command::{Ended, skyledger};

const RUN_ID: &str = "run-20260101_000000";

struct Place {
    root: tempfile::TempDir,
    server: LoopbackServices,
}

impl Place {
    fn new() -> Self {
        let sky = PlainSky::new(SkyPos::new(150.0, 20.0), 900);
        Self {
            root: tempfile::tempdir().expect("a folder"),
            server: LoopbackServices::start(sky).expect("a port of this machine"),
        }
    }

    fn run(&self, workflow: &str, ra: &str, more: &[&str]) -> Ended {
        let (root, service) = (self.root.path().display().to_string(), self.server.addresses()["stsci-dss"].clone());
        let service = format!("stsci-dss={service}");
        let mut words = vec!["run", workflow, "--run-id", RUN_ID, "--root", &root, "--ra", ra, "--dec", "20.0"];
        words.extend(["--to-step", "download", "--set", "tiling.tile_size=\"5x5\""]);
        words.extend(["--set", "download.transfer.gap_s=0.0", "--set", "download.transfer.retry=0"]);
        if !more.contains(&"--service") {
            words.extend(["--service", &service]);
        }
        words.extend(more);
        skyledger(&words)
    }

    /// Every file below `data` but records of execution, with its content.
    fn files(&self) -> BTreeSet<(String, Vec<u8>)> {
        let data = self.root.path().join("data");
        let files =
            walkdir::WalkDir::new(&data).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
        files
            .filter(|entry| !entry.path().starts_with(data.join("cache")))
            .filter(|entry| !entry.file_name().to_string_lossy().ends_with("lock"))
            .map(|entry| (entry.path().display().to_string(), std::fs::read(entry.path()).expect("a file")))
            .collect()
    }

    fn has_image(&self, ra: &str) -> bool {
        self.root.path().join(format!("data/downloads/{RUN_ID}/tile_RA{ra}_DECp20.000.fits")).is_file()
    }
}

#[test]
fn a_finished_run_takes_no_other_question() {
    let place = Place::new();
    place.run("vasco", "150.0", &[]).expect(0);
    let before = place.files();
    assert!(place.has_image("150.000"), "{before:?}");
    let elsewhere = ["--service", "stsci-dss=http://dss.example"];
    for (workflow, ra, more, difference) in [
        ("vasco", "150.1", &[][..], "tiling.targets"),
        ("vanished", "150.0", &[][..], "workflow vanished, before vasco"),
        ("vasco", "150.0", &elsewhere[..], "service stsci-dss at http://dss.example"),
    ] {
        let refused = place.run(workflow, ra, more).expect(2);
        for part in [difference, RUN_ID, "--replace", "--run-id"] {
            assert!(refused.stderr.contains(part), "{} should say {part}", refused.stderr);
        }
        assert!(place.files() == before, "{difference}: no byte of the finished run differs");
    }
    place.run("vasco", "150.0", &[]).expect(0);
}

#[test]
fn a_replaced_result_goes_when_its_successor_is_whole() {
    let place = Place::new();
    place.run("vasco", "150.0", &[]).expect(0);
    place.server.inject("stsci-dss", Occasion::Always, Fault::Status { code: 403, retry_after: None });
    place.run("vasco", "150.1", &["--replace"]).expect(20);
    assert!(place.has_image("150.000"), "the new image was not had: the old one stays");
    place.server.reset();
    place.run("vasco", "150.1", &["--replace"]).expect(0);
    assert_eq!((place.has_image("150.000"), place.has_image("150.100")), (false, true), "now the new one stands");
    skyledger(&["verify", RUN_ID, "--root", &place.root.path().display().to_string()]).expect(0);
}

fn runs(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("data/runs")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_refused_start_leaves_no_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().display().to_string();
    for (words, code) in [
        (&["--ra", "150", "--dec", "20", "--from-step", "nope"][..], 2),
        (&["--ra", "150", "--dec", "20", "--from-step", "mask"][..], 21),
        (&["--ra", "150", "--dec", "20", "--set", "tiling.tile_size=\"nonsense\""][..], 21),
        (&["--ra", "150", "--dec", "20", "--set", "tiling.no_such=1"][..], 21),
        (&["--targets", "/nowhere.csv"][..], 2),
        (&["--input", "plates=/nowhere"][..], 2),
        (&["--read", "detect-p1.frames=/nowhere"][..], 2),
        (&["--run-id", "mine", "--ra", "150", "--dec", "20", "--from-step", "nope"][..], 2),
        (&[][..], 21),
    ] {
        let ended = skyledger(&[&["run", "vasco", "--root", &root], words].concat());
        assert_eq!(ended.code, code, "{words:?}: {}", ended.stderr);
        assert!(runs(folder.path()).is_empty(), "{words:?} left {:?}\n{}", runs(folder.path()), ended.stderr);
    }
}

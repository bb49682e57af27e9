//! `--out` never deletes results: a step run by hand adds its units to those of earlier calls, or is refused.

mod toy;

use std::path::{Path, PathBuf};

use step_contract::{Manifest, Status};
use step_harness::testing::{InProcess, RunFailure};
use toy::{Compare, Count, TextSet, Words, write_texts};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(texts: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write_texts(&folder.path().join("texts"), texts);
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self, text: &str) -> InProcess<Words> {
        InProcess::new(self.path("out")).read("texts", self.path(text))
    }

    fn out(&self, name: &str) -> String {
        std::fs::read_to_string(self.path("out").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn ids(manifest: &Manifest<TextSet>) -> Vec<&str> {
    manifest.units.iter().map(|unit| unit.unit.as_str()).collect()
}

fn refused(step: &InProcess<Words>, parts: &[&str]) {
    let RunFailure { exit, message } = step.try_run().expect_err("refused");
    assert_eq!(exit, 2, "{message}");
    for part in parts {
        assert!(message.contains(part), "{message} should say {part}");
    }
}

fn adopted(folder: &Path) -> Manifest<TextSet> {
    let text = std::fs::read_to_string(folder.join("inputs/texts/manifest.json")).expect("an adopted manifest");
    serde_json::from_str(&text).expect("a manifest")
}

#[test]
fn a_loop_over_files_leaves_every_result_and_the_manifest_of_one_call() {
    let place = Place::with(&[("a", "one"), ("b", "two"), ("c", "three")]);
    for name in ["b", "a", "c"] {
        let result = place.words(&format!("texts/{name}.txt")).run();
        assert_eq!(result.exit, 0, "{name}");
    }
    let looped = place.words("texts/c.txt").run();
    assert_eq!(ids(&looped.manifest), ["a", "b", "c"]);
    assert_eq!(
        (place.out("a.txt"), place.out("b.txt"), place.out("c.txt")),
        ("one\n".into(), "two\n".into(), "three\n".into())
    );
    let once = InProcess::<Words>::new(place.path("once/out"))
        .root(place.folder.path())
        .read("texts", place.path("texts"))
        .run();
    assert_eq!(looped.identity, once.identity, "the same units, reads and sums as of one call with the folder");
    assert_eq!(ids(&adopted(&place.path("out"))), ["a", "b", "c"], "what it reads holds every file");
}

#[test]
fn files_of_two_folders_stand_in_one_manifest() {
    let place = Place::with(&[]);
    write_texts(&place.path("night1"), &[("a", "one")]);
    write_texts(&place.path("night2"), &[("b", "two"), ("a", "other")]);
    place.words("night1/a.txt").run();
    place.words("night2/b.txt").run();
    let manifest = adopted(&place.path("out"));
    let paths: Vec<&str> =
        manifest.units.iter().filter_map(|unit| Some(unit.files.as_ref()?.text.path.as_str())).collect();
    assert_eq!(paths, ["input:texts/night1/a.txt", "input:texts/night2/b.txt"]);
    assert_eq!(manifest.execution.inputs["texts"], place.folder.path().display().to_string());
    refused(&place.words("night2/a.txt"), &["night1/a.txt as unit a", "night2/a.txt", "give --out another folder"]);
    assert_eq!(place.out("a.txt"), "one\n");
}

#[test]
fn a_refused_call_leaves_the_folder_as_it_was() {
    let place = Place::with(&[("a", "one"), ("b", "two")]);
    place.words("texts/a.txt").run();
    let before = (place.out("manifest.json"), place.out("inputs/texts/manifest.json"));
    refused(&place.words("texts/b.txt").set("suffix", "!"), &["unit a", "the configuration differs: suffix", "--out"]);
    refused(&place.words("texts/b.txt").build("0.2.0+other"), &["unit a", "the program differs"]);
    refused(&place.words("texts/b.txt").label("p2"), &["the results of label words, this is label p2"]);
    refused(&place.words("texts/b.txt").run_id("run-2"), &["the results of run local, this is run run-2"]);
    let other = InProcess::<Compare>::new(place.path("out")).label("words").read("left", place.path("texts/b.txt"));
    let other = other.try_run().expect_err("another step");
    assert!(other.message.contains("the results of step words, this is step compare"), "{}", other.message);
    assert_eq!((place.out("manifest.json"), place.out("inputs/texts/manifest.json")), before);
    assert_eq!(place.out("a.txt"), "one\n");
}

#[test]
fn a_manifest_that_lacks_a_unit_is_refused() {
    let place = Place::with(&[("a", "one"), ("b", "two")]);
    let words = |out: &str, text: &str| {
        InProcess::<Words>::new(place.path(out)).read("texts", place.path(text)).run_id("r").run()
    };
    words("first", "texts");
    words("second", "texts/b.txt");
    place.words("first").run();
    refused(&place.words("second"), &["unit a", "does not ask for it"]);
    assert_eq!(place.out("a.txt"), "one\n");
}

#[test]
fn the_same_file_is_asked_again_and_its_new_result_replaces_the_old() {
    let place = Place::with(&[("a", "one"), ("b", "two")]);
    place.words("texts").run();
    let changed = place.words("texts").set("suffix", "!").run();
    assert_eq!((changed.exit, place.out("a.txt")), (0, "one!\n".into()));
    std::fs::write(place.path("texts/a.txt"), "fail").expect("a damaged text");
    let failed = place.words("texts").set("suffix", "!").run();
    assert_eq!(failed.manifest.units[0].status, Status::Failed);
    assert_eq!(place.out("a.txt"), "one!\n", "the old file stays until a new one is whole");
    std::fs::write(place.path("out/notes.md"), "mine").expect("a note");
    place.words("texts").set("suffix", "!").run();
    assert_eq!(place.out("notes.md"), "mine", "no step wrote it");
}

#[test]
fn a_result_stays_when_its_file_is_gone() {
    let place = Place::with(&[("a", "one"), ("b", "two")]);
    place.words("texts").run();
    std::fs::remove_file(place.path("texts/a.txt")).expect("removed");
    let again = place.words("texts").run();
    assert_eq!(ids(&again.manifest), ["a", "b"]);
    assert_eq!(again.manifest.execution.reused, ["a", "b"]);
}

#[test]
fn a_step_that_looks_across_its_units_refuses_other_files() {
    let place = Place::with(&[("a", "one"), ("b", "two")]);
    let count = |text: &str| InProcess::<Count>::new(place.path("out")).read("texts", place.path(text));
    count("texts/a.txt").run();
    let other = count("texts/b.txt").try_run().expect_err("another question");
    assert!(other.exit == 2 && other.message.contains("texts a too"), "{}", other.message);
    assert_eq!(place.out("all.txt"), "one");
    count("texts").run();
    assert_eq!(place.out("all.txt"), "onetwo");
}

#[test]
fn a_folder_adopts_what_can_be_read_and_names_what_cannot() {
    let place = Place::with(&[("a", "one"), ("c", "three")]);
    std::fs::write(place.path("texts/b.txt"), [0xff, 0xfe]).expect("no text");
    std::fs::write(place.path("texts/README.md"), "about").expect("another ending");
    let result = place.words("texts").run();
    assert_eq!(result.exit, 3);
    let statuses: Vec<(&str, Status)> =
        result.manifest.units.iter().map(|unit| (unit.unit.as_str(), unit.status)).collect();
    assert_eq!(statuses, [("a", Status::Done), ("b", Status::Blocked), ("c", Status::Done)]);
    let reason = result.manifest.units[1].reason.as_ref().expect("a reason");
    assert!(reason.message.contains("input:texts/b.txt") && reason.message.contains("UTF-8"), "{}", reason.message);
    let bad = adopted(&place.path("out")).units.remove(1);
    assert_eq!((bad.unit.as_str(), bad.status), ("b", Status::Unprocessable));
    let alone = InProcess::<Words>::new(place.path("alone")).read("texts", place.path("texts/b.txt"));
    let alone = alone.try_run().expect_err("nothing is left");
    assert!(alone.message.contains("b.txt") && alone.message.contains("UTF-8"), "{}", alone.message);
}

#[test]
fn files_of_one_name_in_deeper_folders_keep_their_ids_when_files_are_added() {
    let place = Place::with(&[("a", "one")]);
    write_texts(&place.path("texts/night1"), &[("a", "two")]);
    // printf night1 | sha256sum
    let id = "a.eca53eaf";
    let first = place.words("texts").run();
    assert_eq!(ids(&first.manifest), ["a", id]);
    write_texts(&place.path("texts/night2/deep"), &[("a", "three")]);
    let more = place.words("texts").run();
    // printf night2/deep | sha256sum
    let mut expected = vec!["a", id, "a.19903989"];
    expected.sort_unstable();
    assert_eq!(ids(&more.manifest), expected);
    assert_eq!(more.manifest.execution.reused.len(), 2);
    let clash = InProcess::<Words>::new(place.path("clash"))
        .read("texts", place.path("texts/a.txt"))
        .read("texts", place.path("texts/night1/a.txt"));
    let clash = clash.try_run().expect_err("two files of one id");
    assert!(
        clash.message.contains("both give the unit a") && clash.message.contains("offer the folder"),
        "{}",
        clash.message
    );
}

//! How units end and what their followers see, shown on toy steps.

mod toy;

use step_contract::Status;
use step_harness::testing::{InProcess, describe};
use toy::{Compare, Count, Shelve, TextSet, Words, write_texts};

fn statuses(manifest: &step_contract::Manifest<TextSet>) -> Vec<(&str, Status)> {
    manifest.units.iter().map(|unit| (unit.unit.as_str(), unit.status)).collect()
}

#[test]
fn each_unit_ends_by_itself_and_one_bad_unit_stops_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = write_texts(
        &folder.path().join("texts"),
        &[
            ("a", "good"),
            ("b", "panic"),
            ("c", "fail"),
            ("d", "hopeless"),
            ("e", "nothing"),
            ("f", "nan"),
            ("g", "negative"),
        ],
    );
    let result = InProcess::<Words>::new(folder.path().join("words")).read("texts", &texts).run();
    use Status::{Done, Failed, NoWork, Unprocessable};
    assert_eq!(
        statuses(&result.manifest),
        [("a", Done), ("b", Failed), ("c", Failed), ("d", Unprocessable), ("e", NoWork), ("f", Failed), ("g", Failed)]
    );
    let reason = |unit: usize| result.manifest.units[unit].reason.clone().expect("a reason");
    assert_eq!(reason(1).kind, "internal");
    assert!(reason(1).message.contains("the text says panic"), "{:?}", reason(1));
    assert_eq!(reason(2).message, "the text at input:texts/c.txt says fail", "no folder of this machine");
    assert!(reason(5).message.contains("/mean_length"), "{:?}", reason(5));
    assert!(reason(6).message.contains("/facts/mean_length") && reason(6).message.contains("-1"), "{:?}", reason(6));
    assert_eq!(result.exit, 3);
    assert_eq!(result.manifest.payload.words, 1);
}

#[test]
fn the_exit_code_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, texts, exit) in [
        ("good", vec![("a", "good"), ("b", "nothing")], 0),
        ("some", vec![("a", "good"), ("b", "fail")], 3),
        ("temporary", vec![("a", "flaky"), ("b", "flaky")], 75),
        ("lasting", vec![("a", "flaky"), ("b", "hopeless")], 20),
    ] {
        let texts = write_texts(&folder.path().join(name).join("texts"), &texts);
        let result = InProcess::<Words>::new(folder.path().join(name).join("words")).read("texts", &texts).run();
        assert_eq!(result.exit, exit, "{name}");
    }
    let texts = write_texts(&folder.path().join("texts"), &[("a", "good")]);
    let step = || InProcess::<Words>::new(folder.path().join("words"));
    let cases = [
        (step().try_run(), 2, "--read texts"),
        (step().read("text", &texts).try_run(), 2, "has the inputs texts"),
        (step().read("texts", texts.join("none")).try_run(), 2, "no such file"),
        (step().read("texts", &texts).set("retry", 0).try_run(), 21, "/retry: found 0, expected at least 1"),
        (step().read("texts", &texts).set("transform.min_lenght", 1).try_run(), 21, "/transform/min_lenght"),
        (step().read("texts", &texts).set("retry", "x").try_run(), 21, "/retry"),
    ];
    for (result, exit, part) in cases {
        let failure = result.expect_err(part);
        assert_eq!(failure.exit, exit, "{}", failure.message);
        assert!(failure.message.contains(part), "{} should say {part}", failure.message);
    }
}

#[test]
fn followers_of_a_unit_that_is_not_done_are_blocked_skipped_or_without_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "good"), ("b", "fail"), ("c", "nothing"), ("d", "hopeless")]);
    InProcess::<Words>::new(path("words")).read("texts", &texts).run();
    let follower = InProcess::<Words>::new(path("next")).label("next").read("texts", path("words")).run();
    use Status::{Blocked, Done, NoWork, Skipped};
    assert_eq!(statuses(&follower.manifest), [("a", Done), ("b", Blocked), ("c", NoWork), ("d", Blocked)]);
    let reason = follower.manifest.units[1].reason.clone().expect("a reason");
    assert_eq!((reason.step.as_deref(), reason.unit.as_deref()), (Some("words"), Some("b")));
    assert_eq!(follower.manifest.units[2].reason.as_ref().map(|reason| reason.kind.as_str()), Some("nothing"));
    let last = InProcess::<Words>::new(path("last")).read("texts", path("next")).run();
    assert_eq!(last.manifest.units[1].reason, follower.manifest.units[1].reason, "the first cause is passed on");
    assert_eq!(last.exit, 3);

    InProcess::<Words>::new(path("some")).read("texts", &texts).only("a").run();
    let skipped = InProcess::<Words>::new(path("of_some")).read("texts", path("some")).run();
    assert_eq!(statuses(&skipped.manifest), [("a", Done), ("b", Skipped), ("c", Skipped), ("d", Skipped)]);
    assert_eq!(skipped.exit, 0);
}

#[test]
fn two_inputs_of_one_product_and_references_that_never_block() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "good"), ("b", "fine")]);
    let gaia = write_texts(&path("gaia"), &[("a", "star"), ("b", "star")]);
    let usnob = write_texts(&path("usnob"), &[("a", "fail"), ("b", "plate")]);
    InProcess::<Words>::new(path("left")).read("texts", &texts).run_id("r7").run();
    InProcess::<Words>::new(path("right")).read("texts", &texts).set("suffix", "!").run();
    InProcess::<Words>::new(path("w-gaia")).label("catalog-gaia").read("texts", &gaia).run();
    InProcess::<Words>::new(path("w-usnob")).label("catalog-usnob").read("texts", &usnob).run();
    let compare = InProcess::<Compare>::new(path("compare"))
        .read("left", path("left"))
        .read("right", path("right"))
        .read("references", path("w-gaia"))
        .read("references", path("w-usnob"));
    let result = compare.run();
    assert_eq!(result.exit, 0);
    assert_eq!(result.manifest.run_id, "r7", "that of its first input");
    assert_eq!(std::fs::read_to_string(path("compare/a_compared.txt")).expect("a text"), "good\ngood!\nstar\n");
    assert_eq!(
        result.manifest.units[0].facts.as_ref().map(|facts| facts.missing.clone()),
        Some(vec!["catalog-usnob Failed".to_owned()])
    );
    let reads: Vec<(&str, &str, &str)> = result
        .manifest
        .reads
        .iter()
        .map(|read| (read.input.as_str(), read.label.as_str(), read.path.as_str()))
        .collect();
    assert_eq!(
        reads,
        [
            ("left", "words", "../left/manifest.json"),
            ("right", "words", "../right/manifest.json"),
            ("references", "catalog-gaia", "../w-gaia/manifest.json"),
            ("references", "catalog-usnob", "../w-usnob/manifest.json"),
        ]
    );
    std::fs::write(usnob.join("a.txt"), "plate").expect("the catalogue came back");
    InProcess::<Words>::new(path("w-usnob")).label("catalog-usnob").read("texts", &usnob).run();
    let again = compare.run().manifest;
    assert_eq!(again.execution.reused, ["b"], "the status of a member of a list is in the key");
    let unbound = InProcess::<Compare>::new(path("alone")).read("left", path("left")).run();
    assert_eq!(unbound.manifest.units[0].facts.as_ref().map(|facts| facts.words), Some(1));
}

#[test]
fn a_step_of_scope_run_makes_one_unit_of_many_and_files_of_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "one two"), ("b", "fail"), ("c", "three")]);
    InProcess::<Words>::new(path("words")).read("texts", &texts).run();
    let count = InProcess::<Count>::new(path("count"))
        .read("texts", path("words"))
        .read("run", path("words"))
        .also("count.manifest.json");
    let result = count.run();
    let facts = result.manifest.units[0].facts.clone().expect("done");
    assert_eq!((facts.words, facts.missing), (3, vec!["b".to_owned()]));
    assert_eq!(result.manifest.files["table"].rows, Some(1));
    assert_eq!(std::fs::read_to_string(path("count/table.csv")).expect("a table"), "words\n3\n");
    let bytes = |name: &str| std::fs::read(path("count").join(name)).expect("a manifest");
    assert_eq!(bytes("manifest.json"), bytes("count.manifest.json"));
    assert_eq!(count.run().identity, result.identity);
}

#[test]
fn an_input_that_changed_after_its_manifest_fails_the_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "good"), ("b", "fine"), ("c", "well")]);
    InProcess::<Words>::new(path("words")).read("texts", &texts).run();
    std::fs::write(path("words/a.txt"), "other").expect("changed");
    std::fs::remove_file(path("words/b.txt")).expect("removed");
    let result = InProcess::<Words>::new(path("next")).read("texts", path("words")).run();
    let kinds: Vec<Option<&str>> =
        result.manifest.units.iter().map(|unit| unit.reason.as_ref().map(|reason| reason.kind.as_str())).collect();
    assert_eq!(kinds, [Some("input_changed"), Some("input_missing"), None]);
}

#[test]
fn a_broken_manifest_is_refused_with_file_pointer_and_cure() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "good")]);
    InProcess::<Words>::new(path("words")).read("texts", &texts).run();
    let manifest = path("words/manifest.json");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    for (from, to, pointer) in [
        ("\"words\":1,", "\"words\":-1,", "/units/0/facts/words"),
        ("\"words\":1,", "\"words\":1,\"words\":1,", "/units/0/facts/words"),
        ("\"words\":1,", "\"words\":1.5,", "/units/0/facts/words"),
        ("\"status\":\"done\"", "\"status\":\"finished\"", "/units/0/status"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(&manifest, text.replacen(from, to, 1)).expect("broken");
        let failure = InProcess::<Words>::new(path("next")).read("texts", path("words")).try_run().expect_err(to);
        assert_eq!(failure.exit, 21);
        assert!(
            failure.message.contains(pointer) && failure.message.contains("words/manifest.json"),
            "{}",
            failure.message
        );
    }
}

#[test]
fn files_are_adopted_and_nothing_is_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("my texts"), &[("B 1", "one"), ("a", "two")]);
    let named = InProcess::<Words>::new(path("words")).input("texts", &texts).input("plates", &texts).run().manifest;
    assert_eq!(named.units.iter().map(|unit| unit.unit.as_str()).collect::<Vec<_>>(), ["B_1", "a"]);
    assert_eq!(named.reads[0].path, "inputs/texts/manifest.json");
    let adopted = std::fs::read_to_string(path("words/inputs/texts/manifest.json")).expect("an adopted manifest");
    let adopted: step_contract::Manifest<TextSet> = serde_json::from_str(&adopted).expect("a manifest");
    assert_eq!((adopted.run_id.as_str(), adopted.label.as_str()), ("adopted", "texts"));
    assert_eq!(adopted.units[0].files.as_ref().map(|files| files.text.path.as_str()), Some("input:texts/B 1.txt"));
    assert_eq!(adopted.execution.inputs["texts"], texts.display().to_string());
    let single = InProcess::<Words>::new(path("single")).read("texts", texts.join("a.txt")).run().manifest;
    assert_eq!(single.units.len(), 1);
    assert_eq!(single.units[0].key, named.units[1].key, "the key knows sums, not places");
}

#[test]
fn a_product_in_the_library_is_made_once_and_shared_by_two_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "same"), ("b", "other")]);
    let first = InProcess::<Shelve>::new(path("run1")).read("texts", &texts).run().manifest;
    let second = InProcess::<Shelve>::new(path("run2")).read("texts", &texts).run().manifest;
    let made = |manifest: &step_contract::Manifest<TextSet>| -> Vec<String> {
        manifest.execution.notes.values().map(|notes| notes["made"].clone()).collect()
    };
    assert_eq!((made(&first), made(&second)), (vec!["true".to_owned(); 2], vec!["false".to_owned(); 2]));
    assert_eq!(first.units[0].files, second.units[0].files, "both runs list the file in the library");
    let listed = first.units[0].files.as_ref().map(|files| files.text.path.clone()).expect("a file");
    assert!(listed.starts_with("../data/library/text-set/"), "{listed}");
    let manifest = path("run1").join(&listed).with_file_name("manifest.json");
    let own: step_contract::Manifest<TextSet> =
        serde_json::from_str(&std::fs::read_to_string(manifest).expect("its own manifest")).expect("a manifest");
    assert_eq!(own.run_id, "library");
    std::fs::write(path("run1").join(&listed), "damaged").expect("damaged");
    let third = InProcess::<Shelve>::new(path("run3")).read("texts", &texts).run().manifest;
    assert_eq!(made(&third), ["true", "false"], "a damaged one is made again");
}

#[test]
fn a_step_describes_itself() {
    let words = describe::<Compare>();
    assert_eq!(words["step"], "compare");
    assert_eq!(words["scope"], "unit");
    assert_eq!(
        words["inputs"][0],
        serde_json::json!({"name": "left", "product": "text-set", "version": 1, "arity": "one", "edge": "each"})
    );
    assert_eq!(words["inputs"][1]["arity"], "optional");
    assert_eq!(words["inputs"][2]["arity"], "many");
    assert_eq!(describe::<Count>()["inputs"][1]["arity"], "run");
    assert_eq!(words["output"], serde_json::json!({"name": "text-set", "version": 1}));
    assert_eq!(
        describe::<Words>()["config_schema"]["properties"]["transform"]["properties"]["min_length"]["maximum"],
        100.0
    );
}

#[test]
fn a_configuration_file_of_the_field_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let texts = write_texts(&path("texts"), &[("a", "good")]);
    std::fs::write(path("default.words"), "?\n").expect("a file");
    let result = InProcess::<Words>::new(path("words")).read("texts", &texts).config_file(path("default.words"));
    assert_eq!(result.run().manifest.config["suffix"], "?");
    std::fs::write(path("x.toml"), "suffix = \"!\"\n[transform]\nmin_length = 2").expect("a file");
    let toml = InProcess::<Words>::new(path("toml")).read("texts", &texts).config_file(path("x.toml")).run().manifest;
    assert_eq!(toml.config, serde_json::json!({"transform": {"min_length": 2.0}, "suffix": "!"}));
}

//! What runs again and what is reused, shown on chains of toy steps.

mod toy;

use std::path::{Path, PathBuf};

use step_contract::Status;
use step_harness::testing::InProcess;
use step_harness::{Action, Scope, Step};
use toy::{Compare, Count, TextSet, Words, write_texts};

struct Chain {
    folder: tempfile::TempDir,
}

impl Chain {
    fn of_ten() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let texts: Vec<(String, String)> =
            (0..10).map(|tile| (format!("tile_{tile}"), format!("one two three {tile}"))).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        write_texts(&folder.path().join("texts"), &texts);
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self) -> InProcess<Words> {
        InProcess::new(self.path("words")).read("texts", self.path("texts")).run_id("r1")
    }

    fn words_again(&self) -> InProcess<Words> {
        InProcess::new(self.path("again")).read("texts", self.path("words")).label("again").set("suffix", "!")
    }

    fn compare(&self) -> InProcess<Compare> {
        InProcess::new(self.path("compare")).read("left", self.path("words")).read("right", self.path("again"))
    }

    fn count(&self) -> InProcess<Count> {
        InProcess::new(self.path("count"))
            .read("texts", self.path("compare"))
            .read("run", self.path("words"))
            .read("run", self.path("again"))
    }
}

fn made<S: Step<Output = TextSet>>(step: &InProcess<S>) -> Vec<String> {
    let manifest = step.run().manifest;
    let reused = manifest.execution.reused;
    manifest.units.into_iter().map(|unit| unit.unit).filter(|unit| !reused.contains(unit)).collect()
}

#[test]
fn one_changed_tile_of_ten_runs_one_unit_in_each_step_of_scope_unit() {
    let chain = Chain::of_ten();
    assert_eq!(made(&chain.words()).len(), 10);
    assert_eq!(made(&chain.words_again()).len(), 10);
    assert_eq!(made(&chain.compare()).len(), 10);
    assert_eq!(made(&chain.count()), ["all"]);
    for _ in 0..2 {
        assert_eq!(made(&chain.words()), [""; 0], "nothing changed");
    }
    std::fs::write(chain.path("texts/tile_3.txt"), "one two four 3").expect("changed");
    assert_eq!(made(&chain.words()), ["tile_3"]);
    assert_eq!(made(&chain.words_again()), ["tile_3"]);
    assert_eq!(made(&chain.compare()), ["tile_3"]);
    assert_eq!(made(&chain.count()), ["all"], "it looks across units");
    assert_eq!(made(&chain.count()), [""; 0]);
}

#[test]
fn a_changed_parameter_runs_every_unit_and_after_it_only_those_that_differ() {
    let chain = Chain::of_ten();
    std::fs::write(chain.path("texts/tile_3.txt"), "one two extraordinarily 3").expect("a long word");
    chain.words().run();
    chain.words_again().run();
    let changed = chain.words().set("transform.min_length", 1.0);
    let plan = changed.plan().expect("a plan");
    assert!(
        plan.iter()
            .all(|unit| unit.action == Action::Run && unit.why.contains("transform.min_length = 1.0, before 0.0")),
        "{plan:?}"
    );
    assert_eq!(made(&changed).len(), 10);
    assert_eq!(made(&chain.words_again()), [""; 0], "the texts came out the same");
    assert_eq!(made(&chain.words().set("transform.min_length", 2.0)).len(), 10);
    assert_eq!(made(&chain.words_again()).len(), 10, "each text lost its number");
}

#[test]
fn an_execution_parameter_changes_no_key_and_no_identity() {
    let chain = Chain::of_ten();
    let first = chain.words().run();
    let second = chain.words().set("retry", 7).run();
    assert_eq!(second.manifest.execution.reused.len(), 10);
    assert_eq!(first.identity, second.identity);
    assert_eq!(second.manifest.execution.config["retry"], 7);
    assert!(second.manifest.config.get("retry").is_none());
}

#[test]
fn another_build_or_a_damaged_file_is_not_reused() {
    let chain = Chain::of_ten();
    chain.words().run();
    std::fs::write(chain.path("words/tile_5.txt"), "damaged").expect("damaged");
    std::fs::remove_file(chain.path("words/tile_6.txt")).expect("removed");
    assert_eq!(made(&chain.words()), ["tile_5", "tile_6"]);
    let plan = chain.words().build("9.9.9+aaaaaaaaaaaa").plan().expect("a plan");
    assert!(plan.iter().all(|unit| unit.action == Action::Run && unit.why.contains("build")), "{plan:?}");
}

#[test]
fn a_failed_unit_is_never_taken_for_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = write_texts(
        &folder.path().join("texts"),
        &[("bad", "fail"), ("flaky", "flaky"), ("good", "good"), ("hope", "hopeless"), ("none", "nothing")],
    );
    let step = InProcess::<Words>::new(folder.path().join("words")).read("texts", &texts);
    let first = step.run();
    assert_eq!(first.exit, 3);
    let second = step.run();
    assert_eq!(second.manifest.execution.reused, ["good", "hope", "none"], "done, unprocessable and no-work only");
    assert_eq!(first.identity, second.identity);
    let keys: Vec<(&str, bool)> =
        second.manifest.units.iter().map(|unit| (unit.unit.as_str(), unit.key.is_some())).collect();
    assert_eq!(keys, [("bad", false), ("flaky", false), ("good", true), ("hope", true), ("none", true)]);
}

#[test]
fn only_runs_one_unit_and_keeps_the_others() {
    let chain = Chain::of_ten();
    let first = chain.words().only("tile_2").run();
    let statuses: Vec<Status> = first.manifest.units.iter().map(|unit| unit.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == Status::Done).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == Status::Skipped).count(), 9);
    chain.words().run();
    std::fs::remove_file(chain.path("words/tile_2.txt")).expect("removed");
    let kept = chain.words().only("tile_2").run();
    assert_eq!(kept.manifest.execution.reused.len(), 9);
    assert!(kept.manifest.units.iter().all(|unit| unit.status == Status::Done));
    let unknown = chain.words().only("tile_77").try_run().expect_err("there is no such unit");
    assert_eq!(unknown.exit, 2, "{}", unknown.message);
}

#[test]
fn a_reused_unit_keeps_its_warnings_and_notes() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = write_texts(&folder.path().join("texts"), &[("a", "odd")]);
    let step = InProcess::<Words>::new(folder.path().join("words")).read("texts", &texts);
    step.run();
    let again = step.run().manifest;
    assert_eq!(again.units[0].warnings[0].kind, "odd");
    assert_eq!(again.execution.notes["a"]["waited_s"], "0.5");
    assert_eq!(again.execution.attempts["a"], 2);
}

#[test]
fn a_run_removes_what_its_manifest_does_not_list() {
    let chain = Chain::of_ten();
    chain.words().in_a_run().run();
    std::fs::write(chain.path("words/left.over"), "x").expect("left over");
    std::fs::remove_file(chain.path("texts/tile_9.txt")).expect("one text less");
    chain.words().in_a_run().run();
    assert!(!chain.path("words/left.over").exists());
    assert!(!chain.path("words/tile_9.txt").exists());
    assert!(chain.path("words/inputs/texts/manifest.json").exists());
    assert!(chain.path("texts/tile_8.txt").exists(), "nothing that came from outside is touched");
    assert_eq!(
        std::fs::read_dir(chain.path("words")).expect("a folder").count(),
        9 + 3,
        "9 texts, manifest, lock, inputs"
    );
}

#[test]
fn a_folder_with_files_of_other_origin_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts = write_texts(&folder.path().join("texts"), &[("a", "x")]);
    let refused = InProcess::<Words>::new(&texts).read("texts", &texts).try_run().expect_err("it would be emptied");
    assert_eq!(refused.exit, 2, "{}", refused.message);
    assert!(texts.join("a.txt").exists());
}

#[test]
fn shards_take_every_unit_once_and_leave_each_others_files() {
    let chain = Chain::of_ten();
    let mut ids = Vec::new();
    for index in 1..=3 {
        let part = chain.words().shard(index, 3).run().manifest;
        assert_eq!(part.shard.map(|shard| (shard.index, shard.count)), Some((index, 3)));
        assert!(chain.path(&format!("words/manifest.shard-{index}-of-3.json")).exists());
        ids.extend(part.units.into_iter().map(|unit| unit.unit));
    }
    ids.sort();
    assert_eq!(ids, (0..10).map(|tile| format!("tile_{tile}")).collect::<Vec<_>>());
    for tile in 0..10 {
        assert!(chain.path(&format!("words/tile_{tile}.txt")).exists());
    }
    assert_eq!(Count::SCOPE, Scope::Run);
    assert_eq!(chain.count().shard(1, 2).try_run().expect_err("it looks across units").exit, 2);
}

#[test]
fn threads_folders_and_memory_change_no_byte_outside_execution() {
    let one = Chain::of_ten();
    let first = one.words().threads(1).run();
    let two = Chain::of_ten();
    let deep = two.path("some/where/deeper");
    let second = InProcess::<Words>::new(deep.join("words"))
        .root(two.folder.path())
        .read("texts", two.path("texts"))
        .run_id("r1")
        .threads(4)
        .memory_bytes(33 << 20)
        .run();
    assert_eq!(first.identity, second.identity);
    assert_eq!(first.manifest.units, second.manifest.units);
    assert_eq!(read(&one.path("words/tile_4.txt")), read(&deep.join("words/tile_4.txt")));
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

//! Scope group and the edges shared and members, shown on toy steps.

mod toy;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use step_contract::{Manifest, Status};
use step_harness::Action;
use step_harness::testing::{InProcess, describe};
use toy::{Borrow, Calibrate, Heavy, Masters, Stack, TextSet, Words, write_texts};

/// A night: 40 lights of one stack of which 3 fail and 5 are rejected, 2 of another, and 3 biases of one camera.
fn night(folder: &Path) -> PathBuf {
    let mut texts: Vec<(String, String)> = Vec::new();
    for light in 0..40 {
        let word = match light {
            0..3 => "fail",
            3..8 => "rejected",
            _ => "fine",
        };
        texts.push((format!("light_{light:02}"), format!("{word} kind=light group=m31_L root=m31")));
    }
    for light in 0..2 {
        texts.push((format!("other_{light}"), "fine kind=light group=m42_L root=m42".to_owned()));
    }
    for bias in 0..3 {
        texts.push((format!("zero_{bias}"), "kind=bias group=bias_c1".to_owned()));
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    write_texts(&folder.join("raw"), &texts)
}

fn keys(manifest: &Manifest<TextSet>) -> BTreeMap<String, Option<String>> {
    manifest.units.iter().map(|unit| (unit.unit.clone(), unit.key.clone())).collect()
}

fn unit<'a>(manifest: &'a Manifest<TextSet>, id: &str) -> &'a step_contract::Unit<TextSet> {
    manifest.units.iter().find(|unit| unit.unit == id).unwrap_or_else(|| panic!("no unit {id}"))
}

#[test]
fn a_group_leaves_out_what_failed_and_what_was_rejected_and_says_how_many() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    InProcess::<Words>::new(path("words")).read("texts", night(folder.path())).run();
    let stack = InProcess::<Stack>::new(path("stack")).read("texts", path("words")).run().manifest;
    assert_eq!(keys(&stack).into_keys().collect::<Vec<_>>(), ["m31_L", "m42_L"], "a bias is no unit of it");
    let m31 = unit(&stack, "m31_L");
    assert_eq!(m31.status, Status::Done, "members never block");
    assert_eq!(
        m31.facts.as_ref().map(|facts| facts.missing.clone()).unwrap_or_default(),
        ["light_00 Failed", "light_01 Failed", "light_02 Failed", "32 kept, 5 rejected"]
    );
    assert_eq!(m31.root(), Some("m31"), "the root that all members share");
    assert_eq!(m31.group(), Some("m31"), "its own facts say its group");
}

#[test]
fn frame_by_frame_a_rejected_unit_has_no_work_and_groups_after_it_still_count_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    InProcess::<Words>::new(path("words")).read("texts", night(folder.path())).run();
    let next = InProcess::<Words>::new(path("next")).label("next").read("texts", path("words")).run().manifest;
    let mut ended = BTreeMap::new();
    next.units.iter().for_each(|unit| *ended.entry(format!("{:?}", unit.status)).or_insert(0) += 1);
    assert_eq!(ended, BTreeMap::from([("Done".to_owned(), 37), ("NoWork".to_owned(), 5), ("Blocked".to_owned(), 3)]));
    assert_eq!(unit(&next, "light_03").reason.as_ref().map(|reason| reason.kind.as_str()), Some("rejected"));
    assert_eq!(unit(&next, "light_00").group(), Some("m31_L"), "a unit that is not done keeps its group");
    let stack = InProcess::<Stack>::new(path("stack")).read("texts", path("next")).run().manifest;
    let said = unit(&stack, "m31_L").facts.as_ref().map(|facts| facts.missing.clone()).unwrap_or_default();
    assert_eq!(said.last().map(String::as_str), Some("32 kept, 5 rejected"));
    assert_eq!(said.len(), 4, "three blocked members: {said:?}");
}

#[test]
fn a_group_with_too_few_members_is_blocked_by_one_that_failed_or_has_no_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    InProcess::<Words>::new(path("words")).read("texts", night(folder.path())).run();
    let stack = InProcess::<Stack>::new(path("stack")).read("texts", path("words")).set("min_members", 33);
    let manifest = stack.run().manifest;
    let m31 = unit(&manifest, "m31_L");
    assert_eq!(m31.status, Status::Blocked);
    let reason = m31.reason.clone().expect("a reason");
    assert_eq!((reason.step.as_deref(), reason.unit.as_deref()), (Some("words"), Some("light_00")));
    assert!(reason.message.contains("32 members to work with, 33 are needed; 5 were rejected"), "{}", reason.message);
    let m42 = unit(&manifest, "m42_L");
    assert_eq!(m42.status, Status::NoWork);
    assert_eq!(m42.reason.as_ref().map(|reason| reason.kind.as_str()), Some("too_few_members"));
}

#[test]
fn a_new_member_changes_one_key_and_so_does_the_end_of_a_member() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let raw = night(folder.path());
    let words = || InProcess::<Words>::new(path("words")).read("texts", &raw);
    let stack = || InProcess::<Stack>::new(path("stack")).read("texts", path("words"));
    words().run();
    let before = keys(&stack().run().manifest);
    std::fs::write(raw.join("other_2.txt"), "fine kind=light group=m42_L root=m42").expect("a text");
    words().run();
    let after = stack().run().manifest;
    assert_eq!(after.execution.reused, ["m31_L"], "the other group is reused");
    assert_ne!(before["m42_L"], keys(&after)["m42_L"]);
    assert_eq!(before["m31_L"], keys(&after)["m31_L"]);
    std::fs::write(raw.join("light_00.txt"), "well kind=light group=m31_L root=m31").expect("a text");
    words().run();
    let last = stack().run().manifest;
    assert_eq!(last.execution.reused, ["m42_L"], "the status of a member is in the key of its group");
}

#[test]
fn a_shared_unit_is_reached_by_any_id_and_blocks_where_it_is_not_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let raw = night(folder.path());
    InProcess::<Masters>::new(path("masters")).read("texts", &raw).run();
    let calibrate =
        || InProcess::<Calibrate>::new(path("calibrate")).read("texts", &raw).read("masters", path("masters"));
    let done = calibrate().run().manifest;
    assert_eq!(done.units.len(), 42, "the biases are no units of it");
    let light = unit(&done, "light_20");
    assert_eq!(light.status, Status::Done);
    assert_eq!(light.ties.shares, BTreeMap::from([("masters".to_owned(), vec!["bias_c1".to_owned()])]));
    std::fs::write(raw.join("zero_0.txt"), "more kind=bias group=bias_c1").expect("a text");
    InProcess::<Masters>::new(path("masters")).read("texts", &raw).run();
    assert!(calibrate().run().manifest.execution.reused.is_empty(), "the master is in the key of every frame");
    for bias in 0..3 {
        std::fs::write(raw.join(format!("zero_{bias}.txt")), "fail kind=bias group=bias_c1").expect("a text");
    }
    InProcess::<Masters>::new(path("masters")).read("texts", &raw).run();
    // What is done is not given up for what would be blocked: that goes into another folder.
    let refused = calibrate().try_run().expect_err("42 results would be lost");
    assert!(refused.message.contains("--out another folder"), "{}", refused.message);
    let other = InProcess::<Calibrate>::new(path("calibrate-2")).read("texts", &raw).read("masters", path("masters"));
    let blocked = other.run().manifest;
    let reason = unit(&blocked, "light_20").reason.clone().expect("a reason");
    assert_eq!((reason.step.as_deref(), reason.unit.as_deref()), (Some("masters"), Some("bias_c1")));
}

#[test]
fn shards_are_sets_of_roots_and_hold_whole_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let raw = night(folder.path());
    let mut seen = Vec::new();
    for index in 1..=3 {
        let part = InProcess::<Words>::new(path("words")).read("texts", &raw).shard(index, 3).run().manifest;
        let manifest = path("words").join(format!("manifest.shard-{index}-of-3.json"));
        let stack = InProcess::<Stack>::new(path("stack")).read("texts", manifest).shard(index, 3).run().manifest;
        let lights = |root: &str| part.units.iter().filter(|unit| unit.root() == Some(root)).count();
        for group in &stack.units {
            let root = group.root().expect("its members say it");
            assert_eq!(lights(root), if root == "m31" { 40 } else { 2 }, "shard {index} has all of {root}");
        }
        seen.extend(stack.units.into_iter().map(|unit| unit.unit));
    }
    seen.sort();
    assert_eq!(seen, ["m31_L", "m42_L"]);
    let failure = InProcess::<Masters>::new(path("masters")).read("texts", &raw).shard(1, 3).try_run();
    let failure = failure.expect_err("biases say no root");
    assert_eq!(failure.exit, 21);
    assert!(failure.message.contains("no root in common"), "{}", failure.message);
}

#[test]
fn only_takes_a_unit_a_group_a_root_or_the_group_of_a_member() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let raw = night(folder.path());
    let asked = |plan: Vec<step_harness::PlannedUnit>| -> Vec<String> {
        plan.into_iter().filter(|unit| unit.action == Action::Run).map(|unit| unit.unit).collect()
    };
    let words =
        |only: &str| asked(InProcess::<Words>::new(path("w")).read("texts", &raw).only(only).plan().expect(only));
    let stack =
        |only: &str| asked(InProcess::<Stack>::new(path("s")).read("texts", &raw).only(only).plan().expect(only));
    assert_eq!(words("other_1"), ["other_1"]);
    assert_eq!(words("m42_L"), ["other_0", "other_1"], "a group");
    assert_eq!(words("m42"), ["other_0", "other_1"], "a root");
    assert_eq!(stack("m42_L"), ["m42_L"]);
    assert_eq!(stack("other_1"), ["m42_L"], "the group with that member");
    let wrong = InProcess::<Stack>::new(path("s")).read("texts", &raw).only("zero_0").plan().expect_err("no light");
    assert_eq!(wrong.exit, 2, "{}", wrong.message);
}

#[test]
fn describe_names_scope_kinds_and_edges() {
    let stack = describe::<Stack>();
    assert_eq!((&stack["scope"], &stack["kinds"]), (&"group".into(), &serde_json::json!(["light"])));
    assert_eq!((&stack["inputs"][0]["edge"], &stack["inputs"][1]["edge"]), (&"members".into(), &"shared".into()));
    assert_eq!(describe::<Words>()["inputs"][0]["edge"], "each");
}

#[test]
fn members_without_a_group_are_refused_with_the_name_of_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = write_texts(&folder.path().join("raw"), &[("a", "kind=light root=m31")]);
    let failure =
        InProcess::<Stack>::new(folder.path().join("stack")).read("texts", raw).try_run().expect_err("no group");
    assert_eq!(failure.exit, 2);
    assert!(failure.message.contains("unit a says no group"), "{}", failure.message);
}

#[test]
fn sixteen_units_on_two_threads_borrow_four_masters_and_none_waits_for_itself() {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let units: Vec<String> = (0..16).map(|unit| format!("u{unit:02}")).collect();
        let texts: Vec<(&str, &str)> = units.iter().map(|unit| (unit.as_str(), "x")).collect();
        let texts = write_texts(&path("texts"), &texts);
        let masters = write_texts(&path("masters"), &[("m0", "a"), ("m1", "b b"), ("m2", "c c c"), ("m3", "d d d d")]);
        let result =
            InProcess::<Borrow>::new(path("borrow")).threads(2).read("texts", texts).read("masters", masters).run();
        let made = result.manifest.execution.notes.values().filter(|notes| notes["made"] == "true").count();
        let listed = unit(&result.manifest, "u05").files.as_ref().map(|files| files.text.path.clone()).expect("a file");
        let manifest = path("borrow").join(listed).with_file_name("manifest.json");
        let own: Manifest<TextSet> =
            serde_json::from_str(&std::fs::read_to_string(manifest).expect("its manifest")).expect("a manifest");
        let _ = tell.send((result.exit, made, own));
    });
    let (exit, made, own) = told.recv_timeout(Duration::from_secs(120)).expect("it ends: no unit waits for itself");
    assert_eq!((exit, made), (0, 4), "each master is made once");
    assert_eq!(own.reads.len(), 1, "its manifest says what it was made of");
    assert_eq!((own.reads[0].input.as_str(), own.reads[0].label.as_str()), ("masters", "masters"));
    assert_eq!(own.units[0].ties.shares["masters"], ["m1"]);
}

#[test]
fn memory_is_held_or_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let words = |count: usize| vec!["w"; count].join(" ");
    let (ten, forty) = (words(10), words(40));
    let texts = write_texts(&path("texts"), &[("a", &ten), ("b", &forty), ("c", &ten), ("d", &ten)]);
    let heavy = || InProcess::<Heavy>::new(path("heavy")).threads(4).read("texts", &texts);
    let refused = heavy().memory_bytes(64 << 20).try_run().expect_err("unit b alone does not fit");
    assert_eq!(refused.exit, 21);
    assert!(refused.message.contains("unit b needs 72 MiB"), "{}", refused.message);
    assert!(refused.message.contains("give --memory 72M or more"), "{}", refused.message);
    assert!(!path("heavy/a.txt").exists(), "nothing was made");
    let held = heavy().memory_bytes(84 << 20).run().manifest;
    let memory = held.execution.memory.expect("it made units");
    assert!(memory.declared_bytes <= 84 << 20, "{memory:?}");
    assert!(memory.declared_bytes >= 72 << 20, "unit b was at work: {memory:?}");
}

//! A chain of toy steps with a product that all shards share: its shards, merged, are the run without shards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner::{Installation, Layout, MergeError, Report, RunRequest, Steps, Workflow, merge};
use step_contract::{ProductEntry, Shard};

#[path = "../../../contract/step-harness/tests/toy/mod.rs"]
mod toy;

static PRODUCTS: [ProductEntry; 1] = [ProductEntry::of::<toy::TextSet>()];

const WORKFLOW: &str = r#"
description = "A night of toys"
config = "none"

[[step]]
label = "masters"
step = "masters"
folder = "data/masters"
log = "masters"
reads = { limits = [] }

[[step]]
label = "calibrate"
step = "calibrate"
folder = "data/calibrated"
log = "calibrate"
reads = { texts = [], masters = ["masters"] }

[[step]]
label = "stack"
step = "stack"
folder = "data/stacks"
log = "stack"
reads = { texts = ["calibrate"], limits = [] }
"#;

/// A folder with the toy steps as programs; the example is built with the tests, beside them.
fn programs(folder: &Path) -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    let built = test.ancestors().nth(2).expect("the folder of the build").join("examples/toy_steps");
    assert!(built.is_file(), "{} is built with `cargo test -p runner`", built.display());
    let folder = folder.join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    for step in ["masters", "calibrate", "stack"] {
        let program = folder.join(format!("step-{step}"));
        if !program.exists() {
            std::os::unix::fs::symlink(&built, program).expect("a link");
        }
    }
    folder.join("skyledger")
}

/// Five targets with four frames each, one of which fails and one is rejected, and the biases of a camera.
fn night(folder: &Path) -> PathBuf {
    let mut texts = vec![("zero_0".to_owned(), "kind=bias group=bias_c1".to_owned())];
    for target in 0..5 {
        for frame in 0..4 {
            let word = match frame {
                0 => "fail",
                1 => "rejected",
                _ => "fine",
            };
            let text = format!("{word} kind=light group=t{target}_L root=t{target}");
            texts.push((format!("light_{target}_{frame}"), text));
        }
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    toy::write_texts(&folder.join("raw"), &texts)
}

struct Night {
    folder: tempfile::TempDir,
    raw: PathBuf,
    steps: Steps,
    workflow: Workflow,
}

impl Night {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let steps = Steps::new(Vec::new(), programs(folder.path()));
        let raw = night(folder.path());
        let workflow = Workflow::parse("night", WORKFLOW).expect("a workflow");
        std::fs::write(folder.path().join("night.toml"), WORKFLOW).expect("a workflow");
        std::fs::write(folder.path().join("values.toml"), "").expect("a configuration");
        Self { folder, raw, steps, workflow }
    }

    fn layout(&self, root: &str) -> Layout {
        Layout { root: self.folder.path().join(root), run_id: "run-20261130_000000".to_owned() }
    }

    /// Runs the workflow, or one shard of it, or one root.
    fn run(&self, root: &str, shard: Option<Shard>, only: Option<&str>) -> (u8, Report) {
        let layout = self.layout(root);
        let raw = runner::adopt(
            &PRODUCTS[0],
            "raw",
            std::slice::from_ref(&self.raw),
            &layout.run_folder().join("inputs/raw"),
            "0.0.0+000000000000",
        )
        .expect("texts are adopted");
        let request = RunRequest {
            workflow: self.folder.path().join("night.toml").display().to_string(),
            config: Some(self.folder.path().join("values.toml")),
            root: layout.root,
            run_id: Some(layout.run_id),
            reads: ["masters.texts", "calibrate.texts"].map(|member| (member.to_owned(), raw.clone())).to_vec(),
            only: only.map(str::to_owned),
            shard,
            ..RunRequest::default()
        };
        let installation = Installation {
            steps: self.steps.clone(),
            products: &PRODUCTS,
            workflows: &[],
            build: "0.0.0+000000000000",
            adoption_build: "0.0.0+000000000000",
        };
        let handle = request.start(&installation).unwrap_or_else(|refusal| panic!("{}", refusal.message));
        let end = handle.wait();
        (end.exit, end.report.unwrap_or_else(|| panic!("it did not go on: {:?}", end.error)))
    }

    fn identities(&self, root: &str) -> BTreeMap<String, (String, Vec<String>)> {
        let layout = self.layout(root);
        let of = |step: &runner::WorkflowStep| {
            let manifest = step_contract::RawManifest::read(&layout.manifest(step), &PRODUCTS).expect("a manifest");
            let units = manifest.units.iter().map(|unit| format!("{} {}", unit.unit, unit.status.name())).collect();
            (step.label.clone(), (manifest.identity, units))
        };
        self.workflow.steps.iter().map(of).collect()
    }
}

#[test]
fn shards_with_a_shared_product_merge_to_the_run_without_shards() {
    let night = Night::new();
    let (exit, whole) = night.run("whole", None, None);
    assert_eq!(exit, 3, "a frame of each target fails: {:?}", whole.stopped);
    for index in 1..=3 {
        let (_, report) = night.run("sharded", Some(Shard { index, count: 3 }), None);
        assert_eq!(report.stopped, None, "shard {index}");
        let labels: Vec<&str> = report.steps.iter().map(|step| step.label.as_str()).collect();
        assert_eq!(labels, ["masters", "calibrate", "stack"]);
    }
    let layout = night.layout("sharded");
    let describe = |run: &runner::RunJson| night.steps.describe_all(&run.workflow).map_err(MergeError::from);
    let merged = merge(&layout, &PRODUCTS, describe, &[]).expect("they merge");
    assert_eq!((merged.shards, merged.exit), (3, 3));
    let merged_labels: Vec<&str> = merged.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(merged_labels, ["calibrate", "stack"], "masters ran whole, once");
    let (whole, sharded) = (night.identities("whole"), night.identities("sharded"));
    assert_eq!(whole["stack"].1, ["t0_L done", "t1_L done", "t2_L done", "t3_L done", "t4_L done"]);
    assert_eq!(whole, sharded, "identity by identity");
}

#[test]
fn only_runs_shared_steps_whole_and_of_the_others_what_belongs_to_the_root() {
    let night = Night::new();
    night.run("some", None, Some("t3"));
    let units = night.identities("some");
    assert_eq!(units["masters"].1, ["bias_c1 done"], "it runs whole");
    let done: Vec<&String> = units["calibrate"].1.iter().filter(|unit| unit.ends_with(" done")).collect();
    assert_eq!(done, ["light_3_2 done", "light_3_3 done"], "one fails, one was rejected");
    assert!(units["calibrate"].1.contains(&"light_2_2 skipped".to_owned()), "another root");
    let stacks: Vec<&String> = units["stack"].1.iter().filter(|unit| unit.ends_with(" done")).collect();
    assert_eq!(stacks, ["t3_L done"]);
}

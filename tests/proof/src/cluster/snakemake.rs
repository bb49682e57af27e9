//! The Snakefile on this machine: the merged run is the whole run, 75 is tried again, 20 is not, 21 stops.

use std::path::Path;
use std::process::{Command, Stdio};

use loopback_services::{Fault, Occasion};
use serde_json::json;
use step_contract::Shard;

use super::wrapper::Wrapper;
use crate::slices::{Ended, Field, RUN_ID, Tree};
use crate::{Bench, Case};

/// The tile of the field where there is no plate.
const WITHOUT_PLATE: &str = "tile_RA210.000_DECp20.000";

/// A call of Snakemake on a run of the field.
pub(super) struct Job<'a> {
    pub(super) bench: &'a Bench,
    pub(super) field: &'a Field,
    pub(super) snakemake: &'a Path,
    pub(super) wrapper: &'a Wrapper,
    pub(super) root: &'a Path,
    pub(super) shards: u32,
    pub(super) profile: &'a str,
    pub(super) options: &'a [&'a str],
}

impl Job<'_> {
    /// The command, with more arguments for `skyledger run`.
    pub(super) fn command(&self, more: &[&str]) -> Result<Command, String> {
        let mut arguments = self.field.arguments();
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        let config = json!({
            "run_id": RUN_ID, "root": self.root, "shards": self.shards, "skyledger": self.wrapper.program, "arguments": arguments,
            "threads": 1, "mem_mb": 1000, "wait_s": 1,
        });
        let file = self.root.join("run.config.json");
        fs_err::write(&file, config.to_string()).map_err(|error| error.to_string())?;
        let recipe = self.bench.checkout().join("workflows/snakemake");
        let mut command = Command::new(self.snakemake);
        command.arg("--snakefile").arg(recipe.join("Snakefile"));
        command.arg("--profile").arg(recipe.join("profiles").join(self.profile));
        command.arg("--configfile").arg(&file).arg("--directory").arg(self.root);
        command.args(self.options).stdin(Stdio::null());
        Ok(command)
    }

    /// Runs it to its end.
    pub(super) fn run(&self, more: &[&str]) -> Result<Ended, String> {
        let output = self.command(more)?.output().map_err(|error| error.to_string())?;
        let mut said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
        if !output.status.success() {
            // Snakemake names the logs of its jobs only.
            let logs = self.root.join("logs/snakemake").join(RUN_ID);
            for log in walkdir::WalkDir::new(logs).sort_by_file_name().into_iter().filter_map(Result::ok) {
                if log.path().extension().is_some_and(|extension| extension == "log") {
                    let text = fs_err::read_to_string(log.path()).unwrap_or_default();
                    said.push_str(&format!("\n{}: {text}", log.file_name().display()));
                }
            }
        }
        Ok(Ended { code: output.status.code().unwrap_or(-1), said })
    }

    /// The tree as it must be, and the exit code of the run.
    pub(super) fn same_as(&self, reference: &Tree) -> Result<String, String> {
        let seen = Tree::read(self.root)?.same_as(reference)?;
        let ended = self.root.join("logs/snakemake").join(RUN_ID).join("finish.ended");
        let code = fs_err::read_to_string(ended).map_err(|error| error.to_string())?;
        Ok(format!("exit code {} noted; {seen}", code.trim()))
    }
}

pub(super) fn run(
    bench: &Bench,
    field: &Field,
    snakemake: &Path,
    reference: &Tree,
    cases: &mut Vec<Case>,
) -> Result<(), String> {
    let folder = |name: &str| bench.folder(&format!("cluster-{name}")).map_err(|error| error.to_string());
    let shards = 3;
    let root = folder("local")?;
    let wrapper = Wrapper::new(bench, "local")?;
    wrapper.arm("2/3", 75)?;
    let job = Job { bench, field, snakemake, wrapper: &wrapper, root: &root, shards, profile: "local", options: &[] };
    let ended = job.run(&[])?;
    let seen = ended.expect(&[0]).and_then(|_| job.same_as(reference));
    cases.push(Case::of(format!("local: {shards} shards = whole run"), seen));
    let codes = wrapper.codes("2/3");
    let seen = format!("exit codes {codes:?}");
    let again = matches!(codes.as_slice(), [75, 0 | 3]);
    cases.push(Case::of("local: 75 is tried again", if again { Ok(seen) } else { Err(seen) }));
    let before = wrapper.calls().len();
    let again = job.run(&[])?;
    let seen = again.expect(&[0]).and_then(|_| match wrapper.calls().len() - before {
        0 => Ok("nothing was run".to_owned()),
        calls => Err(format!("{calls} calls")),
    });
    cases.push(Case::of("local: the same call once more", seen));

    let root = folder("wrong")?;
    let wrapper = Wrapper::new(bench, "wrong")?;
    let job = Job { root: &root, wrapper: &wrapper, shards: 2, ..job };
    let ended = job.run(&["--set", "detect-p1.detect.threshold_sigma=-1"])?;
    let seen = match (ended.code, wrapper.codes("1/2"), wrapper.codes("merge")) {
        (0, ..) => Err("snakemake ended with 0".to_owned()),
        (code, shard, merge) if shard == [21] && merge.is_empty() => {
            Ok(format!("snakemake ended with {code}; one call a shard, none of merge"))
        }
        (_, shard, merge) => Err(format!("shard {shard:?}, merge {merge:?}")),
    };
    cases.push(Case::of("local: 21 stops", seen));
    let ended = job.run(&[])?;
    let seen = ended.expect(&[0]).and_then(|_| job.same_as(reference));
    cases.push(Case::of("local: with the configuration mended, the same call", seen));

    // Every image is one of another survey, and trying again would not help: a shard ends with 20, but for the one that has the tile without a
    // plate, whose "no work" is a success.
    field.server.inject("stsci-dss", Occasion::Always, Fault::WrongSurvey);
    let whole = folder("nothing-whole")?;
    let alone = field.run(&whole, &[]);
    let root = folder("nothing")?;
    let wrapper = Wrapper::new(bench, "nothing")?;
    let job = Job { root: &root, wrapper: &wrapper, ..job };
    let ended = job.run(&[]);
    field.server.reset();
    let expected = [1, 2].map(|index| {
        let has_no_work = Shard { index, count: 2 }.takes(WITHOUT_PLATE);
        vec![if has_no_work { 3 } else { 20 }]
    });
    let seen = alone.expect(&[3]).and_then(|_| {
        ended?.expect(&[0])?;
        let codes = ["1/2", "2/2"].map(|shard| wrapper.codes(shard));
        if codes != expected {
            return Err(format!("exit codes {codes:?}, expected {expected:?}"));
        }
        Ok(format!("exit codes {codes:?}, one call a shard; {}", job.same_as(&Tree::read(&whole)?)?))
    });
    cases.push(Case::of("local: 20 is not tried again", seen));
    Ok(())
}

//! Shards that are not merged: what is changed in them is found as in a whole run, and `verify` says that they are not merged.

use super::findings::nothing_found;
use super::{fields, files};
use crate::slices::{self, Field};
use crate::small_run::{RUN_ID, SmallRun};
use crate::{Bench, Case, confined};

/// How many shards.
const COUNT: u32 = 2;
/// Where they end.
const LAST_STEP: &str = "mask";

pub(super) fn cases(bench: &Bench) -> Result<Vec<Case>, String> {
    let field = Field::of_tiles(bench)?;
    let run = SmallRun { root: bench.folder("tampering-shards").map_err(|error| error.to_string())? };
    assert_eq!(slices::RUN_ID, RUN_ID, "files of a run are found by its id");
    let mut cases = Vec::new();
    for index in 1..=COUNT {
        let shard = format!("{index}/{COUNT}");
        field.run(&run.root, &["--shard", &shard, "--to-step", LAST_STEP]).expect(&[0, 3, 20])?;
        let seen = nothing_found(&run).and_then(|_| is_named(bench, &run, &shard));
        cases.push(Case::of(format!("shards: {shard} has ended, untouched"), seen));
    }
    let changed = files::cases(bench, &run)?.into_iter().chain(fields::cases(bench, &run)?);
    cases.extend(changed.map(|case| Case { name: format!("shards: {}", case.name), ..case }));
    cases.push(Case::of("shards: restored after every change", nothing_found(&run)));
    let merged = field.merge(&run.root).expect(&[0, 3]).and_then(|_| nothing_found(&run));
    cases.push(Case::of("shards: merged", merged));
    Ok(cases)
}

/// The program verifies them, and says how each of them stands.
fn is_named(bench: &Bench, run: &SmallRun, shard: &str) -> Result<String, String> {
    let words = ["verify", RUN_ID, "--root", "."].map(str::to_owned);
    let ended = confined::run(&bench.skyledger(), &words, &run.root)?;
    let line = ended.said.lines().find(|line| line.contains("not merged yet")).unwrap_or_default();
    if ended.code == Some(0) && line.contains(&format!("shard {shard} ended with exit code")) {
        Ok(line.to_owned())
    } else {
        Err(format!("exit code {:?}: {}", ended.code, ended.said))
    }
}

//! `--from-step A --to-step B` for every pair of the chain: after the steps before A, it makes what a whole run makes there, and nothing more.

use loopback_services::{Fault, Occasion};

use super::field::{Field, RUN_ID};
use super::labels::LABELS;
use super::tree::{Tree, copy};
use crate::{Bench, Case};

pub(super) fn run(bench: &Bench, cases: &mut Vec<Case>) -> Result<(), String> {
    let field = Field::of_one_tile(bench)?;
    let whole = bench.folder("ranges-whole").map_err(|error| error.to_string())?;
    field.run(&whole, &[]).expect(&[0]).map_err(|problem| format!("the whole run {problem}"))?;
    let reference = Tree::read(&whole)?;
    let before = bench.folder("ranges-before").map_err(|error| error.to_string())?;
    for (from, (first, _)) in LABELS.iter().enumerate() {
        for (to, (last, _)) in LABELS.iter().enumerate().skip(from) {
            let is_edge = to == from || (to + 1 == LABELS.len() && from % 4 == 1);
            if bench.quick && !is_edge {
                continue;
            }
            let root = bench.folder(&format!("ranges-{first}-{last}")).map_err(|error| error.to_string())?;
            copy(&before, &root)?;
            let ended = field.run(&root, &["--from-step", first, "--to-step", last]);
            let seen = ended.expect(&[0]).and_then(|_| {
                let folders: Vec<&str> = LABELS[..=to].iter().map(|(_, folder)| *folder).collect();
                let tree = Tree::read(&root)?;
                let added = LABELS[to + 1..].iter().find(|(_, folder)| root.join(folder).join(RUN_ID).exists());
                if let Some((label, _)) = added {
                    return Err(format!("{label} ran, which nobody asked for"));
                }
                tree.below(&folders).same_as(&reference.below(&folders))
            });
            cases.push(Case::of(format!("--from-step {first} --to-step {last}"), seen));
            fs_err::remove_dir_all(&root).map_err(|error| error.to_string())?;
        }
        let ended = field.run(&before, &["--to-step", first]);
        ended.expect(&[0]).map_err(|problem| format!("--to-step {first} {problem}"))?;
    }
    let nowhere = field.run(&before, &["--from-step", "xmatch", "--to-step", "mask"]);
    cases.push(Case::of(
        "--from-step xmatch --to-step mask",
        nowhere.expect(&[2]).map(|ended| format!("exit 2: {}", ended.error_line())),
    ));
    let empty = bench.folder("ranges-empty").map_err(|error| error.to_string())?;
    let early = field.run(&empty, &["--from-step", "psf"]);
    cases.push(Case::of(
        "--from-step psf of a run that has not begun",
        early.expect(&[21]).and_then(|ended| {
            let line = ended.error_line();
            if line.contains("tiling") { Ok("exit 21, and tiling is named".to_owned()) } else { Err(line) }
        }),
    ));
    Ok(())
}

/// A run in parts of which every image is refused: what failed before `--from-step` stays so, and the rest is what a whole run makes of it.
pub(super) fn of_failures(bench: &Bench, field: &Field, cases: &mut Vec<Case>) -> Result<(), String> {
    let folder = |name: &str| bench.folder(name).map_err(|error| error.to_string());
    let (whole, parts) = (folder("refused-whole")?, folder("refused-parts")?);
    field.server.inject("stsci-dss", Occasion::Always, Fault::WrongSurvey);
    let alone = field.run(&whole, &[]);
    let first = field.run(&parts, &["--to-step", "filter"]);
    let rest = field.run(&parts, &["--from-step", "summarize"]);
    field.server.reset();
    let ended = [&alone, &first, &rest].into_iter().try_for_each(|ended| ended.expect(&[3]).map(|_| ()));
    let seen = ended.and_then(|()| Tree::read(&parts)?.same_as(&Tree::read(&whole)?));
    cases.push(Case::of("--from-step summarize behind units that failed", seen));
    Ok(())
}

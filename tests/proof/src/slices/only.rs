//! `--only UNIT`: that unit runs, every other keeps its entry or is skipped.

use std::path::Path;

use super::field::{Field, RUN_ID};
use super::tree::{Tree, copy};
use crate::{Bench, Case};

pub(super) fn run(
    bench: &Bench,
    field: &Field,
    whole: &Path,
    reference: &Tree,
    cases: &mut Vec<Case>,
) -> Result<(), String> {
    let folder = |name: &str| bench.folder(&format!("only-{name}")).map_err(|error| error.to_string());
    let units = units(whole, "data/filter")?;
    let (unit, _) = units.iter().find(|(_, status)| status == "done").ok_or("no tile of the whole run is done")?;

    let fresh = folder("fresh")?;
    let ended = field.run(&fresh, &["--only", unit]);
    let seen = ended.expect(&[0]).and_then(|_| {
        let of_run = self::units(&fresh, "data/filter")?;
        let count = |wanted: &str| of_run.iter().filter(|(_, status)| status == wanted).count();
        let tiles = self::units(&fresh, "data/tiles")?.iter().filter(|(_, status)| status == "done").count();
        match (tiles, count("done"), count("skipped")) {
            (7, 1, 6) => Ok("7 tiles, 1 done, 6 skipped, exit 0".to_owned()),
            other => Err(format!("tiles, done, skipped: {other:?}")),
        }
    });
    cases.push(Case::of("--only on a new run", seen));
    let rest = field.run(&fresh, &[]);
    cases.push(Case::of(
        "then the rest = whole run",
        rest.expect(&[0, 3]).and_then(|_| Tree::read(&fresh)?.same_as(reference)),
    ));

    let again = folder("again")?;
    copy(whole, &again)?;
    let catalogue = again.join("data/catalogs/p2").join(RUN_ID).join(format!("{unit}.cat"));
    fs_err::remove_file(&catalogue).map_err(|error| error.to_string())?;
    let ended = field.run(&again, &["--only", unit]);
    cases.push(Case::of(
        "--only makes a lost file of that unit again, the others keep what they have",
        ended.expect(&[0, 3]).and_then(|_| Tree::read(&again)?.same_as(reference)),
    ));
    let nobody = field.run(&again, &["--only", "tile_RA000.000_DECp00.000"]);
    cases.push(Case::of(
        "--only of a unit that there is not",
        nobody.expect(&[2]).and_then(|ended| {
            Tree::read(&again)?.same_as(reference).map_err(|problem| format!("it changed something: {problem}"))?;
            Ok(format!("exit 2: {}", ended.said.lines().find(|line| line.contains("--only")).unwrap_or_default()))
        }),
    ));
    Ok(())
}

/// Units of a step of a run, with how they ended.
fn units(root: &Path, folder: &str) -> Result<Vec<(String, String)>, String> {
    let path = root.join(folder).join(RUN_ID).join("manifest.json");
    let manifest = step_contract::read_strict(&path).map_err(|error| error.to_string())?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Ok(manifest["units"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|unit| (text(&unit["unit"]), text(&unit["status"])))
        .collect())
}

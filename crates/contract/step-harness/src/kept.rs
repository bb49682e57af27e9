//! Results of earlier calls in the folder of a step that is run by hand: a call adds its units, or is refused.
//!
//! `for f in *.fits; do step-detect run --read frames=$f --out cats; done` leaves every catalogue. The files of all calls stand in one adopted
//! manifest (`inputs/frames/manifest.json`), so that the manifest says of every unit what it was made of: it equals the one of a single call
//! with all files. What a call does not offer must be reusable as it stands, because a manifest has one build and one configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use step_contract::{Job, ProductEntry, Status};

use crate::adopt::{adopted_manifest, id_of};
use crate::decision::Decision;
use crate::fault::Fault;
use crate::offered::common;
use crate::paths::relative;
use crate::planned::Action;
use crate::session::Session;

/// What every refusal ends with.
const OTHER_FOLDER: &str = "give --out another folder";

/// Refuses a folder with the results of another step, label or run.
pub(crate) fn check_owner(session: &Session) -> Result<(), String> {
    let now = session.owner();
    let Some(before) = session.earlier.owner.as_ref().filter(|_| session.by_hand) else { return Ok(()) };
    let other =
        [("step", &before.step, &now.step), ("label", &before.label, &now.label), ("run", &before.run_id, &now.run_id)];
    match other.into_iter().find(|(_, before, now)| before != now) {
        None => Ok(()),
        Some((what, before, now)) => Err(format!(
            "{} holds the results of {what} {before}, this is {what} {now}; {OTHER_FOLDER}",
            session.out.display()
        )),
    }
}

/// The adopted manifest of this call joined with that of the calls before, as far as the folder holds their results; and the ids that this
/// call does not offer.
pub(crate) fn join(
    session: &Session,
    product: &ProductEntry,
    name: &str,
    before: &Value,
    now: Value,
) -> Result<(Value, BTreeSet<String>), String> {
    let offered: BTreeMap<String, &Value> = units(&now).map(|unit| (id_of(unit).to_ascii_lowercase(), unit)).collect();
    let (folder_before, folder_now) = (folder_of(before, name), folder_of(&now, name));
    let mut kept: Vec<Value> = Vec::new();
    for unit in units(before).filter(|unit| session.earlier.units.contains_key(id_of(unit))) {
        match offered.get(&id_of(unit).to_ascii_lowercase()) {
            None => kept.push(unit.clone()),
            Some(same) if is_same_file((unit, &folder_before), (same, &folder_now)) => {}
            Some(same) => {
                let place = |unit: &Value, folder: &Path| file_of(unit, folder).display().to_string();
                return Err(format!(
                    "{} holds the results of {} as unit {}, and {} gives the same id; {OTHER_FOLDER}, or offer the folder that holds both files",
                    session.out.display(),
                    place(unit, &folder_before),
                    id_of(unit),
                    place(same, &folder_now)
                ));
            }
        }
    }
    if kept.is_empty() {
        return Ok((now, BTreeSet::new()));
    }
    if before["product"] != now["product"] {
        return Err(format!(
            "{} holds results of {} in another version of {}; {OTHER_FOLDER}",
            session.out.display(),
            id_of(&kept[0]),
            product.name
        ));
    }
    let ids = kept.iter().map(|unit| id_of(unit).to_owned()).collect();
    let folder = common(&folder_before, &folder_now);
    let mut all: Vec<Value> = units(&now).cloned().collect();
    all.iter_mut().for_each(|unit| move_files(unit, name, &folder_now, &folder));
    kept.iter_mut().for_each(|unit| move_files(unit, name, &folder_before, &folder));
    all.append(&mut kept);
    all.sort_by(|left, right| id_of(left).cmp(id_of(right)));
    Ok((adopted_manifest(product, name, all, &folder, &session.base.build)?, ids))
}

/// A step that looks across its units has one answer of all that it was offered: other files are another question.
pub(crate) fn check_same_files(session: &Session, name: &str, before: &Value, now: &Value) -> Result<(), String> {
    let offered: BTreeSet<&str> = units(now).map(id_of).collect();
    match units(before).map(id_of).find(|id| !offered.contains(id)) {
        Some(id) if !session.earlier.units.is_empty() => Err(format!(
            "{} holds results made of {name} {id} too, which this call does not offer; {OTHER_FOLDER}, or offer all files",
            session.out.display()
        )),
        _ => Ok(()),
    }
}

/// Refuses a call that would delete or replace results which it was not asked to make again.
pub(crate) fn check_decisions(session: &Session, jobs: &[Job], decisions: &[Decision]) -> Result<(), Fault> {
    if !session.by_hand {
        return Ok(());
    }
    let decided: BTreeMap<&str, &Decision> = jobs.iter().map(Job::id).zip(decisions).collect();
    let done = |unit: &&Value| unit["status"] == serde_json::json!(Status::Done);
    for id in session.earlier.units.values().filter(done).map(id_of) {
        let why = match decided.get(id) {
            None => "this call does not ask for it, and the manifest would lose it".to_owned(),
            Some(Decision::Ended { action: Action::Reuse, .. }) => continue,
            Some(Decision::Run { .. }) if !session.bound().kept.contains(id) => continue,
            Some(Decision::Run { why, .. }) => {
                format!("it would be made again with this call's units ({why}); offer its file too")
            }
            Some(Decision::Ended { why, .. }) => format!("it would no longer be done ({why})"),
        };
        return Err(Fault::Usage(format!(
            "{} holds the result of unit {id}: {why}; or {OTHER_FOLDER}",
            session.out.display()
        )));
    }
    Ok(())
}

fn units(manifest: &Value) -> impl Iterator<Item = &Value> {
    manifest["units"].as_array().into_iter().flatten()
}

fn folder_of(manifest: &Value, name: &str) -> PathBuf {
    PathBuf::from(manifest["execution"]["inputs"][name].as_str().unwrap_or_default())
}

/// Paths and sums of a unit's files by role.
fn files_of<'a>(unit: &'a Value, folder: &Path) -> Vec<(&'a str, PathBuf, &'a str)> {
    let files = unit["files"].as_object().into_iter().flatten();
    files
        .map(|(role, file)| {
            let path = file["path"].as_str().unwrap_or_default();
            let below =
                path.strip_prefix("input:").and_then(|rest| rest.split_once('/')).map_or(path, |(_, below)| below);
            (role.as_str(), folder.join(below), file["sha256"].as_str().unwrap_or_default())
        })
        .collect()
}

fn file_of(unit: &Value, folder: &Path) -> PathBuf {
    files_of(unit, folder).into_iter().next().map_or_else(|| folder.to_owned(), |(_, path, _)| path)
}

/// One file, wherever it lies now, or whatever it holds now. A file that could not be read has no place and no sum: it gives way.
fn is_same_file((left, left_folder): (&Value, &Path), (right, right_folder): (&Value, &Path)) -> bool {
    let (left, right) = (files_of(left, left_folder), files_of(right, right_folder));
    left.is_empty()
        || right.is_empty()
        || left.iter().zip(&right).all(|(left, right)| left.1 == right.1)
        || left.iter().zip(&right).all(|(left, right)| left.2 == right.2)
}

/// Writes the paths of a unit's files as seen from another folder.
fn move_files(unit: &mut Value, name: &str, from: &Path, to: &Path) {
    let moved: Vec<(String, String)> = files_of(unit, from)
        .into_iter()
        .map(|(role, path, _)| (role.to_owned(), format!("input:{name}/{}", relative(to, &path))))
        .collect();
    for (role, path) in moved {
        unit["files"][role.as_str()]["path"] = path.into();
    }
}

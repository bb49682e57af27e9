//! A disk that is full, has no inode left, or can only be read: a small file system of its own where mounting is allowed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::answer::Answer;
use crate::Case;
use crate::stage::{RUN_ID, Shim, Survey, manifests_hold, text};

/// Parts of the undisturbed tree's bytes that fit on the small disk, percent.
const SIZES_PERCENT: [u64; 4] = [8, 30, 55, 85];
/// The same of its files.
const INODES_PERCENT: [u64; 2] = [30, 70];

/// A file system in memory, unmounted in the end.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts it; the reason where that is not allowed.
    fn mount(folder: PathBuf, options: &str) -> Result<Self, String> {
        fs_err::create_dir(&folder).map_err(text)?;
        mount(&["-t", "tmpfs", "-o", options, "tmpfs"], &folder)?;
        Ok(Self { folder })
    }

    fn remount(&self, options: &str) -> Result<(), String> {
        mount(&["-o", &format!("remount,{options}")], &self.folder)
    }

    /// A root on it.
    fn root(&self) -> PathBuf {
        self.folder.join("root")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.folder).stderr(Stdio::null()).status();
    }
}

fn mount(words: &[&str], folder: &Path) -> Result<(), String> {
    let done = Command::new("mount").args(words).arg(folder).output().map_err(|error| format!("mount: {error}"))?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()) }
}

/// The cases; by the shim where nothing can be mounted, and then they say so.
pub(super) fn cases(survey: &Survey, shim: &Shim, quick: bool) -> Vec<Case> {
    let probe = SmallDisk::mount(survey.place("probe"), "size=64k");
    if let Err(why) = &probe {
        return without_mounting(survey, shim, why);
    }
    let mut cases = Vec::new();
    let step = if quick { 3 } else { 1 };
    for percent in SIZES_PERCENT.into_iter().skip(1).step_by(step) {
        let kibibytes = survey.bytes * percent / 100 / 1024;
        let name = format!("full disk: {kibibytes} KiB, {percent} % of what is needed");
        cases.push(Case::of(name, full(survey, &format!("size-{percent}"), &format!("size={kibibytes}k"), "size=1g")));
    }
    for percent in INODES_PERCENT.into_iter().skip(usize::from(quick)) {
        let inodes = survey.files * percent / 100;
        let name = format!("full inode table: {inodes} inodes, {percent} % of what is needed");
        let options = format!("size=1g,nr_inodes={inodes}");
        cases.push(Case::of(name, full(survey, &format!("inodes-{percent}"), &options, "nr_inodes=100k")));
    }
    cases.push(Case::of("read-only from the start", read_only(survey, None)));
    cases.push(Case::of("read-only in the middle of the chain", read_only(survey, Some("psf"))));
    cases
}

/// Too small; then larger.
fn full(survey: &Survey, name: &str, small: &str, large: &str) -> Answer {
    let disk = SmallDisk::mount(survey.place(name), small)?;
    let root = disk.root();
    fs_err::create_dir(&root).map_err(text)?;
    let ended = survey.run_command(&survey.place(&format!("{name}-said")), 0, &mut survey.command(&root))?;
    let error = ended.one_error(runner::exit::DISK.into())?.to_owned();
    let named = named(&error, &root)?;
    let kept = manifests_hold(&root)?;
    disk.remount(large)?;
    survey.run_command(&survey.place(&format!("{name}-said")), 1, &mut survey.command(&root))?.done()?;
    survey.is_undisturbed(&root)?;
    Ok(format!("exit 74, one error that names {named}, {kept} listed files whole; with room the undisturbed tree"))
}

/// A root that can only be read, from the start or after a step.
fn read_only(survey: &Survey, after: Option<&str>) -> Answer {
    let name = format!("read-only-{}", after.unwrap_or("start"));
    let said = survey.place(&format!("{name}-said"));
    let disk = SmallDisk::mount(survey.place(&name), "size=1g")?;
    let root = disk.root();
    fs_err::create_dir(&root).map_err(text)?;
    if let Some(label) = after {
        let mut command = survey.command(&root);
        survey.run_command(&said, 0, command.args(["--to-step", label]))?.done()?;
    }
    disk.remount("ro")?;
    let ended = survey.run_command(&said, 1, &mut survey.command(&root))?;
    let error = ended.one_error(runner::exit::DISK.into())?.to_owned();
    let named = named(&error, &root)?;
    let kept = manifests_hold(&root)?;
    disk.remount("rw")?;
    survey.run_command(&said, 2, &mut survey.command(&root))?.done()?;
    survey.is_undisturbed(&root)?;
    Ok(format!("exit 74, one error that names {named}, {kept} listed files whole; writable again the undisturbed tree"))
}

/// The path below the root that an error names.
fn named(error: &str, root: &Path) -> Result<String, String> {
    let root = root.display().to_string();
    let rest =
        error.split_once(&root).map(|(_, rest)| rest).ok_or_else(|| format!("the error names no file: {error}"))?;
    let end = rest.find([':', '`', ' ', '"']).unwrap_or(rest.len());
    Ok(rest[..end].trim_start_matches('/').replace(RUN_ID, "RUN"))
}

/// The same errors from the shim: from the n-th call on nothing can be made any more.
fn without_mounting(survey: &Survey, shim: &Shim, why: &str) -> Vec<Case> {
    let full = [("write", 28, "full disk"), ("create", 28, "full inode table"), ("create", 30, "read-only")];
    let trial = |kind: &str, number: u32, nth: u32| {
        let root = survey.root(&format!("shim-{kind}-{number}-{nth}"))?;
        let mut command = survey.command(&root);
        let settings = [
            ("SHIM_FAIL", kind.to_owned()),
            ("SHIM_NTH", nth.to_string()),
            ("SHIM_ERRNO", number.to_string()),
            ("SHIM_STICKY", "1".to_owned()),
            ("SHIM_COUNT", root.with_extension("count").display().to_string()),
        ];
        shim.below(&mut command, &root, &settings);
        let ended = survey.run_command(&root, 0, &mut command)?;
        let error = ended.one_error(runner::exit::DISK.into())?.to_owned();
        let named = named(&error, &root)?;
        manifests_hold(&root)?;
        survey.run_command(&root, 1, &mut survey.command(&root))?.done()?;
        survey.is_undisturbed(&root)?;
        Ok(format!("exit 74, one error that names {named}; then the undisturbed tree"))
    };
    full.iter()
        .flat_map(|(kind, number, name)| [5, 60].map(|nth| (*kind, *number, nth, *name)))
        .map(|(kind, number, nth, name)| {
            let name = format!("{name} from {kind} {nth} on, by the shim (nothing can be mounted here: {why})");
            Case::of(name, trial(kind, number, nth))
        })
        .collect()
}

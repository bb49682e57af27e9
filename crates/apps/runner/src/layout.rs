//! Where a run keeps its files below its root.

use std::path::{Path, PathBuf};

use step_contract::Shard;

use crate::workflow::WorkflowStep;

/// The folders of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Root: the current folder, or `--root`.
    pub root: PathBuf,
    /// `run-YYYYMMDD_HHMMSS`.
    pub run_id: String,
}

impl Layout {
    /// `data/runs/<run_id>`.
    pub fn run_folder(&self) -> PathBuf {
        // mark: run-folder
        runs_folder(&self.root).join(&self.run_id)
    }

    /// `data/runs/<run_id>/run.json`.
    pub fn run_json(&self) -> PathBuf {
        self.run_folder().join("run.json")
    }

    /// `data/runs/<run_id>/inputs/<name>`: the manifest of files that came from outside.
    pub fn input_folder(&self, name: &str) -> PathBuf {
        self.run_folder().join("inputs").join(name)
    }

    /// `<folder>/<run_id>` of a step.
    pub fn step_folder(&self, step: &WorkflowStep) -> PathBuf {
        // mark: step-folder
        self.root.join(&step.folder).join(&self.run_id)
    }

    /// The manifest of a step.
    pub fn manifest(&self, step: &WorkflowStep) -> PathBuf {
        self.step_folder(step).join("manifest.json")
    }

    /// The log of a step: `logs/<log>/<run_id>.log`.
    pub fn log(&self, step: &WorkflowStep) -> PathBuf {
        // mark: log-folder
        self.root.join("logs").join(&step.log).join(format!("{}.log", self.run_id))
    }

    /// The log of a step, or of one shard of it: several programs do not write into one file.
    pub fn shard_log(&self, step: &WorkflowStep, shard: Option<Shard>) -> PathBuf {
        match shard {
            None => self.log(step),
            Some(Shard { index, count }) => {
                self.log(step).with_file_name(format!("{}.shard-{index}-of-{count}.log", self.run_id))
            }
        }
    }

    /// The stream of events: `data/runs/<run_id>/events.jsonl`, or `shards/<i>-of-<n>.events.jsonl` of one shard.
    pub fn events(&self, shard: Option<Shard>) -> PathBuf {
        match shard {
            None => self.run_folder().join("events.jsonl"),
            Some(Shard { index, count }) => self.shards_folder().join(format!("{index}-of-{count}.events.jsonl")),
        }
    }

    /// `data/runs/<run_id>/shards`: what each shard did, until they are merged.
    pub fn shards_folder(&self) -> PathBuf {
        self.run_folder().join("shards")
    }

    /// A folder for what the command hands to its steps, removed when it ends.
    pub(crate) fn scratch(&self) -> std::io::Result<tempfile::TempDir> {
        let folder = self.run_folder();
        tempfile::Builder::new().prefix(step_harness::TEMPORARY_PREFIX).tempdir_in(&folder).map_err(|error| {
            std::io::Error::new(error.kind(), format!("make a folder in {}: {error}", folder.display()))
        })
    }

    /// Removes what a killed command left in the run's folder; for a command that holds the run's lock alone.
    pub fn remove_temporaries(&self) -> std::io::Result<()> {
        let folder = self.run_folder();
        step_harness::remove_temporaries(&folder)?;
        match fs_err::read_dir(folder.join("inputs")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            entries => entries?.try_for_each(|entry| step_harness::remove_temporaries(&entry?.path())),
        }
    }

    /// A path relative to the run's folder, with `/`, for `run.json`.
    pub fn relative(&self, path: &Path) -> String {
        relative(&self.run_folder(), path)
    }
}

/// `data/runs` of a root.
pub fn runs_folder(root: &Path) -> PathBuf {
    root.join("data").join("runs")
}

/// `to` as seen from the folder `from`, with `/`; both absolute or both relative to the same place.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let from: Vec<_> = from.components().collect();
    let to: Vec<_> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The run ids below a root, oldest first.
pub fn run_ids(root: &Path) -> std::io::Result<Vec<String>> {
    let entries = match fs_err::read_dir(runs_folder(root)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    Ok(ids)
}

/// Takes a new run id by making its folder; the next second on collision.
pub fn take_run_id(root: &Path) -> std::io::Result<String> {
    let runs = runs_folder(root);
    fs_err::create_dir_all(&runs)?;
    let mut second = jiff::Timestamp::now().as_second();
    loop {
        let stamp = jiff::Timestamp::from_second(second)
            .map_err(|error| std::io::Error::other(format!("the clock of this machine is out of range: {error}")))?;
        let id = stamp.strftime("run-%Y%m%d_%H%M%S").to_string();
        match std::fs::create_dir(runs.join(&id)) {
            Ok(()) => return Ok(id),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => second += 1,
            Err(error) => {
                return Err(std::io::Error::new(error.kind(), format!("make {}: {error}", runs.join(&id).display())));
            }
        }
    }
}

/// Whether a text can be a run id: a file name without surprises.
pub fn is_run_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_climb_to_the_common_folder() {
        let relative = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(relative("/r/data/runs/x", "/r/data/masks/x/manifest.json"), "../../masks/x/manifest.json");
        assert_eq!(relative("/r/a", "/r/a/b"), "b");
    }

    #[test]
    fn two_runs_in_one_second_get_two_ids() {
        let root = tempfile::tempdir().expect("a folder");
        let first = take_run_id(root.path()).expect("an id");
        let second = take_run_id(root.path()).expect("another id");
        assert_ne!(first, second);
        assert!(
            is_run_id(&first) && first.starts_with("run-") && first.len() == "run-20261121_013000".len(),
            "{first}"
        );
        assert_eq!(run_ids(root.path()).expect("both"), [first, second]);
    }
}

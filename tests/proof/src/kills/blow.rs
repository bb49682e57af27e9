//! One SIGKILL: when, and on whom.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::stage::{Label, Shim, Survey, text};

/// A line that is far enough from the end of every log that there is one after it.
const LINES_AT_LEAST: u64 = 4;

/// One kill.
#[derive(Clone, Debug)]
pub(super) struct Blow {
    /// From 0.
    pub(super) number: usize,
    /// The step that it is meant for.
    pub(super) label: Label,
    /// When.
    pub(super) moment: Moment,
    /// Whether the whole process group is killed, or the runner alone.
    pub(super) whole_group: bool,
}

/// When a kill strikes.
#[derive(Clone, Debug)]
pub(super) enum Moment {
    /// So long after the step took its folder: a seeded fraction of the time that it takes undisturbed.
    Random {
        /// The wait.
        after: Duration,
    },
    /// While the step writes this line of its log, counted from 1; with a text only lines that hold it count.
    Line {
        /// Which.
        nth: u64,
        /// What it holds.
        text: Option<&'static str>,
    },
}

/// Where a kill struck.
#[derive(Clone, Debug)]
pub(super) struct Struck {
    /// Whether the step had begun and had not ended.
    pub(super) inside: bool,
    /// Whether a file was renamed into place and no manifest lists it.
    pub(super) before_its_manifest: bool,
}

impl fmt::Display for Struck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.inside { "inside the step" } else { "after the step" };
        let between = if self.before_its_manifest { ", a file in place and no manifest" } else { "" };
        write!(formatter, "{place}{between}")
    }
}

/// So many kills, spread over the steps: a half at random times, the other half on lines; in each half one half on the whole group.
pub(super) fn plan(seed: u64, count: usize, survey: &Survey) -> Vec<Blow> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let labels = &survey.labels;
    let half = count / 2;
    let mut blows = Vec::with_capacity(count);
    for number in 0..count {
        let (at_random, turn) = (number < half, number % half);
        // The shorter half of a quick class starts in the middle of the chain with its second turn, so that each step has its share.
        let shift = if at_random { 0 } else { half % labels.len() };
        let label = &labels[(turn + shift) % labels.len()];
        let moment = if at_random {
            let seconds = survey.step_seconds.get(&label.name).copied().unwrap_or(0.0);
            Moment::Random { after: Duration::from_secs_f64(seconds * random.random_range(0.0..0.6)) }
        } else if turn < labels.len() {
            Moment::Line { nth: 2, text: Some("renamed into place") }
        } else {
            Moment::Line { nth: random.random_range(1..=LINES_AT_LEAST), text: None }
        };
        // Random ones by turns, shifted from round to round; of the lines those that follow a rename first.
        let whole_group = if at_random { (turn + turn / labels.len()).is_multiple_of(2) } else { turn < half / 2 };
        blows.push(Blow { number, label: label.clone(), moment, whole_group });
    }
    blows
}

impl Blow {
    /// `detect-p1, runner, on line 3 of its log`.
    pub(super) fn name(&self) -> String {
        let victim = if self.whole_group { "group" } else { "runner" };
        let when = match &self.moment {
            Moment::Random { after } => format!("{:.0} ms after its start", after.as_secs_f64() * 1e3),
            Moment::Line { nth, text: None } => format!("on line {nth} of its log"),
            Moment::Line { nth, text: Some(text) } => format!("on \"{text}\" {nth} of its log"),
        };
        format!("{:02} {}, {victim}, {when}", self.number + 1, self.label.name)
    }

    /// The same kill, sooner.
    pub(super) fn sooner(&self) -> Self {
        let moment = match &self.moment {
            Moment::Random { after } => Moment::Random { after: *after / 3 },
            line @ Moment::Line { .. } => line.clone(),
        };
        Self { moment, ..self.clone() }
    }

    /// Runs the chain, kills it, and gives the command that was printed to resume it.
    pub(super) fn strike(&self, survey: &Survey, shim: &Shim, root: &Path) -> Result<(Struck, String), String> {
        let mut command = survey.command(root);
        if let Moment::Line { nth, text } = &self.moment {
            let victim = if self.whole_group { "group" } else { "parent" };
            let mut settings = vec![
                ("SHIM_LINE", format!("/{}", self.label.log.display())),
                ("SHIM_NTH", nth.to_string()),
                ("SHIM_VICTIM", victim.to_owned()),
                ("SHIM_COUNT", root.with_extension("count").display().to_string()),
            ];
            settings.extend(text.map(|text| ("SHIM_TEXT", text.to_owned())));
            shim.below(&mut command, root, &settings);
        }
        let ended = match &self.moment {
            Moment::Random { after } => {
                let started = survey.begun(root, &mut command, &self.label)?;
                std::thread::sleep(*after);
                started.send("KILL", self.whole_group)?;
                started.wait()?
            }
            Moment::Line { .. } => survey.run_command(root, 0, &mut command)?,
        };
        let struck = self.look(root)?;
        if !ended.by_signal || ended.code != 128 + 9 {
            return Err(format!("it was not killed, but ended with exit code {}", ended.code));
        }
        Ok((struck, ended.printed_command()?.to_owned()))
    }

    fn look(&self, root: &Path) -> Result<Struck, String> {
        let folder = root.join(&self.label.folder);
        let ended = folder.join("manifest.json").is_file();
        let mut in_place = false;
        for entry in fs_err::read_dir(&folder).map_err(text)? {
            let name = entry.map_err(text)?.file_name().to_string_lossy().into_owned();
            in_place |= !name.starts_with('.') && name != "units.jsonl" && name != "inputs";
        }
        Ok(Struck { inside: !ended, before_its_manifest: !ended && in_place })
    }
}

//! A service, a server that plays it, and the step program that asks it.

use std::path::{Path, PathBuf};
use std::process::Command;

use loopback_services::{Fault, LoopbackServices, Occasion};

use super::ended::Ended;
use super::field::{RUN_ID, plan, sky};
use super::outcome::Outcome;
use crate::Bench;

/// A service and the way in which a step asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Stsci,
    Irsa,
    SkyView,
    Vizier,
    Tap,
    Xmatch,
}

impl Service {
    /// In the order of the table.
    pub(super) const ALL: [Self; 6] = [Self::Stsci, Self::Irsa, Self::SkyView, Self::Vizier, Self::Tap, Self::Xmatch];

    /// Whether its answers have rows.
    pub(super) const fn answers_tables(self) -> bool {
        matches!(self, Self::Vizier | Self::Tap | Self::Xmatch)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Stsci => "stsci-dss",
            Self::Irsa => "irsa-dss",
            Self::SkyView => "skyview",
            Self::Vizier => "vizier",
            Self::Tap => "vizier-tap",
            Self::Xmatch => "cds-xmatch",
        }
    }

    /// The step and what it is told beside its inputs.
    const fn step(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Stsci => ("download", &["source=\"stsci\""]),
            Self::Irsa => ("download", &["source=\"irsa\""]),
            Self::SkyView => ("download", &["source=\"skyview\""]),
            Self::Vizier => ("catalog", &["catalog=\"gaia\"", "protocol=\"asu-tsv\""]),
            Self::Tap => ("catalog", &["catalog=\"gaia\"", "protocol=\"tap\""]),
            Self::Xmatch => ("xmatch", &["cds.enabled=true"]),
        }
    }
}

/// Tries after the first one.
pub(super) const RETRIES: u32 = 2;
/// Tries after the first one where each of them waits for a time-out.
pub(super) const SLOW_RETRIES: u32 = 1;
/// Longest wait that `Retry-After` may ask for, s.
pub(super) const RETRY_AFTER_MAX_S: f64 = 0.25;

/// A server, its step's inputs, and a root for the run that is on trial.
pub(super) struct Bed {
    pub(super) server: LoopbackServices,
    pub(super) undisturbed: Outcome,
    /// What the service answers where nothing is wrong.
    pub(super) answer: Vec<u8>,
    service: Service,
    program: PathBuf,
    inputs: Vec<String>,
    root: PathBuf,
    is_slow: bool,
}

impl Bed {
    /// Makes the inputs of the step with the programs before it, and runs it once without a fault.
    pub(super) fn new(bench: &Bench, service: Service) -> Result<Self, String> {
        let folder = bench.folder(&format!("network-{}", service.name())).map_err(|error| error.to_string())?;
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs_err::create_dir_all(path.parent().unwrap_or(&folder)).and_then(|()| fs_err::write(&path, bytes))
        };
        write("plan/manifest.json", &plan()?).map_err(|error| error.to_string())?;
        let mut bed = Self {
            server: LoopbackServices::start(sky()?).map_err(|error| error.to_string())?,
            undisturbed: Outcome::default(),
            answer: Vec::new(),
            service,
            program: bench.skyledger(),
            inputs: Vec::new(),
            root: folder.join("trial"),
            is_slow: false,
        };
        let read = |name: &str, at: &str| format!("{name}={}", folder.join(at).join("manifest.json").display());
        let tiles = read("tiles", "plan");
        let before = |step, out: &str, inputs: &[String], more: &[&str]| {
            bed.program(step, &folder.join(out), &folder.join("before"), inputs, more).and_then(succeed)
        };
        bed.inputs = match service {
            Service::Stsci | Service::Irsa | Service::SkyView => vec![tiles],
            Service::Vizier | Service::Tap | Service::Xmatch => {
                before("download", "frames", &[tiles], &["source=\"stsci\"", "transfer.gap_s=0.0"])?;
                let frames = read("frames", "frames");
                if service == Service::Xmatch {
                    before("detect", "detections", std::slice::from_ref(&frames), &[])?;
                    before("catalog", "catalog-gaia", &[frames], &["catalog=\"gaia\"", "transfer.gap_s=0.0"])?;
                    vec![read("detections", "detections"), read("references", "catalog-gaia")]
                } else {
                    vec![frames]
                }
            }
        };
        bed.undisturbed = bed.run()?;
        let undisturbed = &bed.undisturbed;
        if undisturbed.status != "done" || undisturbed.attempts != Some(1) || undisturbed.files.is_empty() {
            return Err(format!("{} without a fault: {}", service.name(), undisturbed.describe()));
        }
        bed.answer = bed.kept_answer()?;
        bed.clear()?;
        Ok(bed)
    }

    /// The one answer that the cache of the undisturbed run holds.
    fn kept_answer(&self) -> Result<Vec<u8>, String> {
        let bodies: Vec<PathBuf> = walkdir::WalkDir::new(&self.root)
            .into_iter()
            .filter_map(|entry| Some(entry.ok()?.into_path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "body"))
            .collect();
        match bodies.as_slice() {
            [body] => fs_err::read(body).map_err(|error| error.to_string()),
            more => Err(format!("{} without a fault keeps {} answers, expected one", self.service.name(), more.len())),
        }
    }

    /// From now on the service fails so; requests are counted anew.
    pub(super) fn disturb(&mut self, occasion: Occasion, fault: &Fault) {
        self.calm();
        self.is_slow =
            matches!(fault, Fault::SlowHeader { .. } | Fault::SlowDrip { .. } | Fault::Hang | Fault::HangInBody { .. });
        self.server.inject(self.service.name(), occasion, fault.clone());
    }

    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        self.service.name()
    }

    /// From now on the service answers; requests are counted anew.
    pub(super) fn calm(&mut self) {
        self.is_slow = false;
        self.server.reset();
    }

    /// Requests since the last change of faults.
    pub(super) fn requests(&self) -> usize {
        self.server.log().count(self.service.name())
    }

    /// Attempts at most.
    pub(super) const fn attempts_max(&self) -> u32 {
        1 + if self.is_slow { SLOW_RETRIES } else { RETRIES }
    }

    /// Runs the step in the root of the trial and reads what it left.
    pub(super) fn run(&self) -> Result<Outcome, String> {
        let (step, settings) = self.service.step();
        let prefix = if self.service == Service::Xmatch { "cds.transfer" } else { "transfer" };
        let (read_s, total_s) = if self.is_slow { (0.4, 0.8) } else { (4.0, 8.0) };
        let transfer = [
            format!("retry={}", self.attempts_max() - 1),
            "first_wait_s=0.01".to_owned(),
            "gap_s=0.0".to_owned(),
            format!("retry_after_max_s={RETRY_AFTER_MAX_S}"),
            "connect_timeout_s=20.0".to_owned(),
            format!("read_timeout_s={read_s}"),
            format!("total_timeout_s={total_s}"),
        ]
        .map(|setting| format!("{prefix}.{setting}"));
        let more: Vec<&str> = settings.iter().copied().chain(transfer.iter().map(String::as_str)).collect();
        let ended = self.program(step, &self.out(), &self.root, &self.inputs, &more)?;
        Outcome::read(&self.root, &self.out(), ended)
    }

    /// Removes what the trial left.
    pub(super) fn clear(&self) -> Result<(), String> {
        match fs_err::remove_dir_all(&self.root) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    fn out(&self) -> PathBuf {
        self.root.join("data/out").join(RUN_ID)
    }

    /// Runs `skyledger step <step> run`.
    fn program(
        &self,
        step: &str,
        out: &Path,
        root: &Path,
        inputs: &[String],
        settings: &[&str],
    ) -> Result<Ended, String> {
        let mut command = Command::new(&self.program);
        command.args(["step", step, "run", "--quiet", "--run-id", RUN_ID, "--threads", "1"]);
        command.arg("--out").arg(out).arg("--root").arg(root);
        for input in inputs {
            command.args(["--read", input]);
        }
        for setting in settings {
            command.args(["--set", setting]);
        }
        for (name, address) in self.server.addresses() {
            command.args(["--service", &format!("{name}={address}")]);
        }
        let output = command.output().map_err(|error| format!("{}: {error}", self.program.display()))?;
        Ok(Ended { exit: output.status.code(), stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
    }
}

fn succeed(ended: Ended) -> Result<(), String> {
    match ended.exit {
        Some(0) => Ok(()),
        _ => Err(format!("a step before the trial ended with {:?}: {}", ended.exit, ended.stderr)),
    }
}

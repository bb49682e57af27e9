//! A short survey: one tile of 600 x 600 pixels behind the loopback archive, through every step of `vanished`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use loopback_services::LoopbackServices;
use sky_sim::{Scene, SceneKind};

use super::{Ended, Started, Tree, leftovers, text};
use crate::Bench;

/// Run id of every run: it is a part of the identities.
pub(crate) const RUN_ID: &str = "run-20261121_000000";
/// A file system in memory gives whole pages.
const PAGE_BYTES: u64 = 4096;
/// Labels of `vanished` whose catalogues are asked for without a pause.
const CATALOGUES: [&str; 4] = ["catalog-bright", "catalog-gaia", "catalog-ps1", "catalog-usnob"];

/// The survey, and what an undisturbed run makes of it.
pub(crate) struct Survey {
    archive: LoopbackServices,
    program: PathBuf,
    targets: PathBuf,
    folder: PathBuf,
    /// Labels in order, with the step's folder and its log folder.
    pub(crate) labels: Vec<Label>,
    /// What an undisturbed run leaves.
    pub(crate) undisturbed: Tree,
    /// Wall time of an undisturbed run.
    pub(crate) seconds: f64,
    /// Wall time of each step in it.
    pub(crate) step_seconds: BTreeMap<String, f64>,
    /// Bytes on the disk of everything that it leaves, in whole pages.
    pub(crate) bytes: u64,
    /// Files and folders that it leaves.
    pub(crate) files: u64,
}

/// A label of the workflow and its places.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// Label.
    pub(crate) name: String,
    /// `data/psf/<run id>`.
    pub(crate) folder: PathBuf,
    /// `logs/psfex/<run id>.log`.
    pub(crate) log: PathBuf,
}

impl Survey {
    /// Plants the sky, starts the server, and runs the chain once without a disturbance.
    pub(crate) fn prepare(bench: &Bench) -> Result<Self, String> {
        let folder = bench.folder("survey").map_err(text)?;
        let scene = Scene::generate(&SceneKind::Small.scene(1953));
        let centre = scene.centre();
        let targets = folder.join("targets.csv");
        let row = format!("ra_deg,dec_deg,name\n{},{},kills\n", centre.ra_deg, centre.dec_deg);
        fs_err::write(&targets, row).map_err(text)?;
        let sky = loopback_services::SimSky::new(scene, SceneKind::Small.render()).map_err(text)?;
        let archive = LoopbackServices::start(sky).map_err(text)?;
        let mut survey = Self {
            archive,
            program: bench.skyledger(),
            targets,
            folder,
            labels: Vec::new(),
            undisturbed: Tree::empty(),
            seconds: 0.0,
            step_seconds: BTreeMap::new(),
            bytes: 0,
            files: 0,
        };
        let root = survey.root("undisturbed")?;
        let begin = Instant::now();
        survey.run(&root)?.done()?;
        survey.seconds = begin.elapsed().as_secs_f64();
        leftovers(&root)?;
        survey.undisturbed = Tree::read(&root)?;
        let run_json = root.join("data/runs").join(RUN_ID).join("run.json");
        let run = runner::RunJson::read(&run_json).map_err(text)?;
        survey.labels = run.workflow.steps.iter().map(label_of).collect();
        survey.step_seconds = run.execution.step_seconds.into_iter().collect();
        for entry in walkdir::WalkDir::new(&root) {
            let length = entry.map_err(text)?.metadata().map_err(text)?.len();
            survey.files += 1;
            survey.bytes += length.div_ceil(PAGE_BYTES) * PAGE_BYTES;
        }
        Ok(survey)
    }

    /// A new empty root of that name.
    pub(crate) fn root(&self, name: &str) -> Result<PathBuf, String> {
        let root = self.folder.join(name);
        fs_err::create_dir(&root).map_err(text)?;
        Ok(root)
    }

    /// A path for something beside the roots.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Lets every answer of the archive take so long.
    pub(crate) fn slow_down(&self, delay: Duration) {
        self.archive.delay(delay);
    }

    /// Where what a command says goes: beside the root, numbered.
    pub(crate) fn said(&self, root: &Path, number: usize) -> PathBuf {
        let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.folder.join(format!("{name}-said-{number}.txt"))
    }

    /// The words of `skyledger run` for that root.
    pub(crate) fn words(&self, root: &Path, run_id: &str) -> Vec<String> {
        self.words_with(root, run_id, &BTreeMap::new())
    }

    /// The same with other addresses of some services.
    pub(crate) fn words_with(&self, root: &Path, run_id: &str, elsewhere: &BTreeMap<String, String>) -> Vec<String> {
        let mut words: Vec<String> = ["run", "vanished", "--root"].map(str::to_owned).into();
        words.extend([root.display().to_string(), "--run-id".to_owned(), run_id.to_owned()]);
        words.extend(["--targets".to_owned(), self.targets.display().to_string()]);
        words.extend(["--threads".to_owned(), "1".to_owned()]);
        for (name, address) in self.archive.addresses() {
            let address = elsewhere.get(&name).cloned().unwrap_or(address);
            words.extend(["--service".to_owned(), format!("{name}={address}")]);
        }
        let mut settings = vec!["tiling.tile_size=\"17x17\"".to_owned(), "download.transfer.gap_s=0.0".to_owned()];
        settings.extend(CATALOGUES.iter().map(|label| format!("{label}.transfer.gap_s=0.0")));
        settings.extend(CATALOGUES.iter().map(|label| format!("{label}.transfer.retry=1")));
        words.extend(settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]));
        words
    }

    /// The command for that root.
    pub(crate) fn command(&self, root: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.words(root, RUN_ID));
        command
    }

    /// The program itself.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Runs the chain in that root to its end.
    pub(crate) fn run(&self, root: &Path) -> Result<Ended, String> {
        self.run_command(root, 0, &mut self.command(root))
    }

    /// Runs a command to its end; `number` keeps what it says apart.
    pub(crate) fn run_command(&self, root: &Path, number: usize, command: &mut Command) -> Result<Ended, String> {
        Started::new(command, &self.said(root, number))?.wait()
    }

    /// Starts a command, and waits until the chain works on a label.
    pub(crate) fn begun(&self, root: &Path, command: &mut Command, label: &Label) -> Result<Started, String> {
        let mut started = Started::new(command, &self.said(root, 0))?;
        let lock = root.join(&label.folder).join(".lock");
        let begin = Instant::now();
        while !lock.exists() {
            if started.has_ended() || begin.elapsed() > self.patience() {
                return Err(format!("{} never began", label.name));
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(started)
    }

    /// The label of that name.
    pub(crate) fn label(&self, name: &str) -> Result<&Label, String> {
        self.labels.iter().find(|label| label.name == name).ok_or_else(|| format!("no label {name}"))
    }

    /// Pastes the printed command into a shell, and holds the tree against the undisturbed one.
    pub(crate) fn resume(&self, root: &Path, printed: &str) -> Result<(), String> {
        const NUMBER: usize = 90;
        super::in_shell(printed, &self.said(root, NUMBER))?.done().map_err(|why| format!("the resumed run: {why}"))?;
        self.is_undisturbed(root)
    }

    /// Whether the tree is the undisturbed one, with nothing left over.
    pub(crate) fn is_undisturbed(&self, root: &Path) -> Result<(), String> {
        leftovers(root).map_err(|left| format!("left after the resumed run: {left}"))?;
        Tree::read(root)?.same_as(&self.undisturbed)
    }

    /// Removes a root that has shown what it had to.
    pub(crate) fn forget(&self, root: &Path) {
        let _ = std::fs::remove_dir_all(root);
    }

    /// How long the beginning of a step may be waited for.
    fn patience(&self) -> Duration {
        Duration::from_secs_f64(20.0 * self.seconds + 30.0)
    }
}

fn label_of(step: &runner::WorkflowStep) -> Label {
    Label {
        name: step.label.clone(),
        folder: Path::new(&step.folder).join(RUN_ID),
        log: Path::new("logs").join(&step.log).join(format!("{RUN_ID}.log")),
    }
}

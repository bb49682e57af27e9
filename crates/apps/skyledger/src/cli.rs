//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use runner::{Cancel, RunRequest};
use step_contract::Shard;

/// Turns images of the sky into results that anybody can check.
#[derive(Debug, Parser)]
#[command(name = "skyledger", version = build_identity::BUILD, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a workflow, or resumes a run (--run-id)
    Run {
        #[command(flatten)]
        args: Box<RunArgs>,
        /// Says what would run and runs nothing
        #[arg(long)]
        dry_run: bool,
        /// Prints what happens, as JSON lines (`skyledger schema events`), instead of the report
        #[arg(long, conflicts_with_all = ["json", "dry_run"])]
        events: bool,
    },
    /// Says what would run, what is reused, what is missing and why
    Plan {
        #[command(flatten)]
        args: Box<RunArgs>,
        /// Prints the workflow with everything that it extends and reads, and every value with its default
        #[arg(long)]
        resolved: bool,
    },
    /// Makes one run of its shards (run --shard)
    Merge(MergeArgs),
    /// Lists runs, or every step and unit of one with reasons
    Status(StatusArgs),
    /// Says why a detection was kept or dropped, back to the pixels
    Explain(ExplainArgs),
    /// Checks every hash, schema and count of a run or of an archive
    Verify(VerifyArgs),
    /// Makes a manifest for files that came from elsewhere
    Adopt(AdoptArgs),
    /// Runs the survey chain on a simulated plate, offline
    Demo(DemoArgs),
    /// Asks each service one small question and says what differs from what we expect
    CheckServices(CheckServicesArgs),
    /// Prints the schema of a product or of the stream of events, or lists them; `reasons`: every reason and warning
    Schema {
        /// Product: frame-set, source-catalog ...; or `reasons`
        product: Option<String>,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Runs one step by hand: `skyledger step detect run --read frames=image.fits --out out`
    #[command(disable_help_flag = true)]
    Step {
        /// Step and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Prints shell completions
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
}

/// What run and plan take.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// Name (vanished, vasco, random) or path of a workflow
    pub(crate) workflow: String,
    /// Targets (CSV: ra_deg, dec_deg, optional name, radius_deg)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ra", "dec"])]
    pub(crate) targets: Option<PathBuf>,
    /// Right ascension of one target, degrees
    #[arg(long, value_name = "DEG", requires = "dec", allow_hyphen_values = true)]
    pub(crate) ra: Option<f64>,
    /// Declination of one target, degrees
    #[arg(long, value_name = "DEG", requires = "ra", allow_hyphen_values = true)]
    pub(crate) dec: Option<f64>,
    /// Offers a folder of files to the steps that ask for it by that name (plates=DIR, local=DIR)
    #[arg(long, value_name = "NAME=DIR", value_parser = pair)]
    pub(crate) input: Vec<(String, String)>,
    /// Run id; an existing run is resumed
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,
    /// Where data, logs and artifacts lie
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Configuration instead of the workflow's own
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// First label to run
    #[arg(long, value_name = "LABEL")]
    pub(crate) from_step: Option<String>,
    /// Last label to run
    #[arg(long, value_name = "LABEL")]
    pub(crate) to_step: Option<String>,
    /// Overrides one value: detect-p1.detect.threshold_sigma=4
    #[arg(long, value_name = "LABEL.PATH=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Binds an input from outside: detect-p1.frames=tile.fits.gz
    #[arg(long, value_name = "LABEL.INPUT=PATH", value_parser = pair)]
    pub(crate) read: Vec<(String, String)>,
    /// Address of a service: stsci-dss=http://127.0.0.1:8000
    #[arg(long, value_name = "NAME=URL", value_parser = pair)]
    pub(crate) service: Vec<(String, String)>,
    /// Threads of each step (default: all cores)
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Memory of each step: 2GiB (default: half of what the machine has)
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<String>,
    /// Runs this unit only; the others keep what they have
    #[arg(long, value_name = "UNIT")]
    pub(crate) only: Option<String>,
    /// Runs part i of n of the units, beside the other parts; merge them after
    #[arg(long, value_name = "i/n", requires = "run_id", conflicts_with = "only")]
    pub(crate) shard: Option<Shard>,
    /// Stops at the first failed unit
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Lets another question (targets, files, workflow, services) take the place of the run's results, each when its successor is whole
    #[arg(long, requires = "run_id")]
    pub(crate) replace: bool,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl RunArgs {
    /// What is asked for, without the command line's types.
    pub(crate) fn request(&self, command: Vec<String>) -> RunRequest {
        let paths =
            |pairs: &[(String, String)]| pairs.iter().map(|(name, path)| (name.clone(), PathBuf::from(path))).collect();
        RunRequest {
            workflow: self.workflow.clone(),
            targets: self.targets.clone(),
            place: self.ra.zip(self.dec),
            inputs: paths(&self.input),
            run_id: self.run_id.clone(),
            root: self.root.clone(),
            config: self.config.clone(),
            from_step: self.from_step.clone(),
            to_step: self.to_step.clone(),
            set: self.set.clone(),
            reads: paths(&self.read),
            services: self.service.clone(),
            threads: self.threads,
            memory: self.memory.clone(),
            only: self.only.clone(),
            shard: self.shard,
            fail_fast: self.fail_fast,
            replace: self.replace,
            command,
            cancel: Cancel::default(),
        }
    }
}

/// What merge takes.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Run id
    pub(crate) run: String,
    /// Where data, logs and artifacts lie
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What status takes.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Run id; without one all runs are listed
    pub(crate) run: Option<String>,
    /// Where data, logs and artifacts lie
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What explain takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Run id
    pub(crate) run: String,
    /// A unit, or a row as <unit>:<NUMBER>
    #[arg(required_unless_present_all = ["ra", "dec"])]
    pub(crate) what: Option<String>,
    /// Right ascension of the place to explain, degrees
    #[arg(long, value_name = "DEG", requires = "dec", allow_hyphen_values = true)]
    pub(crate) ra: Option<f64>,
    /// Declination of the place to explain, degrees
    #[arg(long, value_name = "DEG", requires = "ra", allow_hyphen_values = true)]
    pub(crate) dec: Option<f64>,
    /// How far from there, arc seconds
    #[arg(long, value_name = "ARCSEC", default_value_t = 5.0)]
    pub(crate) radius_arcsec: f64,
    /// Where data, logs and artifacts lie
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What verify takes.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Run id, or the path of an archive
    pub(crate) run_or_zip: String,
    /// Where data, logs and artifacts lie
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What adopt takes.
#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// Product: frame-set, source-catalog, reference-catalog ...
    pub(crate) product: String,
    /// Files or folders
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder of the manifest
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Name of the input
    #[arg(long, value_name = "NAME", default_value = "adopted")]
    pub(crate) name: String,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What demo takes.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where data, logs and artifacts lie
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub(crate) root: PathBuf,
    /// Run id
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,
    /// Overrides one value: detect-p1.detect.threshold_sigma=4
    #[arg(long, value_name = "LABEL.PATH=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Side of the plate, arc minutes
    #[arg(long, value_name = "ARCMIN", default_value_t = 60.0)]
    pub(crate) size_arcmin: f64,
    /// Threads of each step (default: all cores)
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What check-services takes.
#[derive(Debug, Args)]
pub(crate) struct CheckServicesArgs {
    /// Only these: stsci-dss,irsa-dss,skyview,vizier,vizier-tap,cds-xmatch
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) services: Vec<String>,
    /// Longest time of an answer, seconds
    #[arg(long, value_name = "N", default_value_t = 30.0, value_parser = seconds)]
    pub(crate) timeout_s: f64,
    /// Asks a service at another address: vizier=https://vizier.cfa.harvard.edu
    #[arg(long, value_name = "SERVICE=URL", value_parser = pair)]
    pub(crate) base_url_of: Vec<(String, String)>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.1..=86_400.0).contains(seconds))
        .ok_or("expected seconds, 0.1 to 86400".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

//! The step `package`: one deterministic zip of a run, verified after it was written.
//!
//! The archive holds the manifests with empty `execution`, tables, PSF models, pages and the schemas of all of them, laid
//! out as they lie under the root; pixels are listed with their sums unless asked for. `contents.csv` lists both. Unpacked
//! anywhere, it verifies.

mod checksum;
mod config;
mod contents;
mod end_record;
mod error;
mod found;
mod hashing;
mod listing;
mod name;
mod read;
mod steady_file;
mod verify;
mod write;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;

use products::{RunArchive, RunArchiveFacts};
use step_contract::{About, Job, RunManifests, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

pub use config::{PackageConfig, PackageParams};
pub use error::{PackageError, Problem};
pub use read::{ArchiveEntry, ArchiveReader};
pub use verify::{ArchiveReport, verify_archive};

use contents::{Contents, Kind};
use hashing::Hashing;
use steady_file::SteadyFile;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Package;

inputs! {
    /// Inputs of the step.
    pub struct PackageInputs {
        /// Every earlier manifest of the run.
        run: RunManifests,
    }
}

impl Step for Package {
    const ID: &'static str = "package";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Run;
    const MEMORY_PER_UNIT_BYTES: u64 = 200 << 20;
    const ABOUT: About = About { always_runs: true, ..About::PLAIN };
    type Config = PackageConfig;
    type Inputs = PackageInputs;
    type Output = RunArchive;
    type Error = PackageError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &PackageConfig,
        inputs: PackageInputs,
        out: &mut OutputDir<RunArchive>,
    ) -> Result<Units<RunArchive>, PackageError> {
        let folder = out.folder().to_owned();
        let job = Job::new(out.run_id()).needs_run(&inputs.run);
        out.for_each_unit([job], |_, files| {
            let contents = Contents::of_run(&inputs.run, &folder, products::ALL, config.package.with_pixels)?;
            let scratch = files.scratch()?.join("archive.zip");
            let mut file = SteadyFile::create(&scratch)?;
            let (level, check_listed) = (config.package.compression_level, config.package.check_listed);
            let written = write::write_archive(&mut file, &contents, level, check_listed);
            file.end()?;
            written?;
            let report = verify_archive(&scratch, products::ALL)?;
            if let Some(problem) = report.problems.first() {
                return Err(PackageError::Verify(problem.clone()));
            }
            write_executions(&folder, files.unit(), &contents)?;
            let facts = facts(&scratch, files.unit(), &contents)?;
            hand_over(files, &scratch, &facts)?;
            Ok(Outcome::Done(facts))
        })
    }
}

/// The executions of all steps, which are no part of the result, beside the archive.
fn write_executions(folder: &Path, run_id: &str, contents: &Contents) -> Result<(), PackageError> {
    let path = folder.join(format!("{run_id}.execution.json"));
    let mut bytes =
        serde_json::to_vec_pretty(&contents.executions).map_err(|error| PackageError::Write(error.into()))?;
    bytes.push(b'\n');
    step_harness::write_bytes(&path, &bytes).map_err(PackageError::Write)?;
    Ok(())
}

fn facts(archive: &Path, run_id: &str, contents: &Contents) -> Result<RunArchiveFacts, PackageError> {
    let of_read = |source| PackageError::Read { path: format!("{run_id}.zip"), source };
    let mut hashing = Hashing::default();
    let size_bytes = std::io::copy(&mut File::open(archive).map_err(of_read)?, &mut hashing).map_err(of_read)?;
    Ok(RunArchiveFacts {
        archive_path: format!("{run_id}.zip"),
        size_bytes,
        sha256: hashing.sha256(),
        manifests_count: contents.count(Kind::Manifest),
        tables_count: contents.count(Kind::Table),
        models_count: contents.count(Kind::Model),
        pages_count: contents.count(Kind::Page),
        schemas_count: contents.count(Kind::Schema),
        listed_count: contents.listed_count(),
    })
}

/// The archive and its checksum, in the form that `sha256sum -c` reads.
fn hand_over(files: &mut UnitFiles, archive: &Path, facts: &RunArchiveFacts) -> Result<(), PackageError> {
    files.take("archive", ".zip", None, archive)?;
    // mark: checksum-name
    files.write("checksum", ".zip.sha256", None, |writer| {
        // mark: checksum-line
        writeln!(writer, "{}  {}", facts.sha256, facts.archive_path).map_err(PackageError::Write)
    })
}

//! The step catalog: one reference catalogue around each frame, from VizieR or from a local table, in the columns that all catalogues share.
//!
//! Positions are written as the catalogue has them, with their epoch; nobody moves them here. A catalogue that could not be had whole is a failure,
//! never an empty table.

mod columns;
mod config;
mod definition;
mod error;
mod fetch;
mod local;
mod units;

pub use config::{CatalogConfig, LocalConfig};
pub use definition::{CatalogName, ColumnMap, Definition};
pub use error::CatalogError;

use products::facts::AstrometryFacts;
use products::reference_catalog::columns::COLUMNS;
use products::{FrameSet, ReferenceCatalog, ReferenceFacts};
use sky_catalog::Table;
use sky_coords::SkyPos;
use sky_services::Cone;
use sky_table::write_csv;
use step_contract::{Job, Reason, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::local::LocalTable;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Catalog;

inputs! {
    /// What catalog reads.
    pub struct CatalogInputs {
        /// The frames whose surroundings are wanted.
        frames: FrameSet,
        /// A folder of tables.
        local: Option<ReferenceCatalog>,
    }
}

impl Step for Catalog {
    const ID: &'static str = "catalog";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    // 200,000 rows of ten columns as text, twice while they are converted.
    const MEMORY_PER_UNIT_BYTES: u64 = 256 << 20;
    const MAX_CONCURRENT_UNITS: usize = 1;
    type Config = CatalogConfig;
    type Inputs = CatalogInputs;
    type Output = ReferenceCatalog;
    type Error = CatalogError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &CatalogConfig,
        inputs: CatalogInputs,
        out: &mut OutputDir<ReferenceCatalog>,
    ) -> Result<Units<ReferenceCatalog>, CatalogError> {
        let frames = inputs.frames.units().map(|unit| unit.id().to_owned()).collect::<Vec<_>>();
        if !config.enabled {
            let jobs = frames.iter().map(Job::new);
            let reason = Reason::new("switched_off", "this catalogue is switched off (enabled = false)");
            return out.for_each_unit(jobs, |_, _| Ok(Outcome::Skipped(reason.clone())));
        }
        let definition = config.catalog.definition();
        let table_unit = local::unit_of(config, inputs.local.as_ref())?;
        let jobs: Vec<Job> = frames
            .iter()
            .map(|frame| {
                let job = Job::new(frame).needs(&inputs.frames, frame);
                table_unit.iter().fold(job, |job, unit| job.needs(&inputs.local, unit))
            })
            .collect();
        if table_unit.is_some() {
            let table = LocalTable::default();
            return out.for_each_unit(jobs, |needs, files| {
                let astrometry = needs.unit(&inputs.frames).facts().astrometry.as_ref();
                let cone = cone_around(astrometry, config)?;
                if let Some(reason) = not_covered(&definition, astrometry) {
                    return Ok(Outcome::NoWork(reason));
                }
                let unit = needs.unit_if(&inputs.local).ok_or(CatalogError::NoLocalFile)?;
                let (rows, facts, notes) = table.rows(&unit.file("table"), config, &definition, cone)?;
                notes.into_iter().for_each(|(kind, note)| files.warn(kind, note));
                finish(&rows, facts, config, files)
            });
        }
        let archive = service_harness::client(&config.transfer, out)?;
        out.for_each_unit(jobs, |needs, files| {
            let astrometry = needs.unit(&inputs.frames).facts().astrometry.as_ref();
            let cone = cone_around(astrometry, config)?;
            if let Some(reason) = not_covered(&definition, astrometry) {
                return Ok(Outcome::NoWork(reason));
            }
            service_harness::on_answers(&archive, files, |files| {
                let (rows, facts) = fetch::rows(&archive, config, &definition, cone, files)?;
                finish(&rows, facts, config, files)
            })
        })
    }
}

/// The circle around a frame in which the catalogue must be complete: half its diagonal, the radius of a match, and a margin for stars that moved.
fn cone_around(astrometry: Option<&AstrometryFacts>, config: &CatalogConfig) -> Result<Cone, CatalogError> {
    let astrometry = astrometry.ok_or(CatalogError::NoAstrometry)?;
    let radius_arcmin = astrometry.half_diagonal_arcmin + config.match_radius_arcsec / 60.0 + config.margin_arcmin;
    Ok(Cone { centre: SkyPos::new(astrometry.ra_deg, astrometry.dec_deg), radius_arcmin })
}

/// Why a frame has nothing of a catalogue: it reaches beyond what the catalogue covers, so that "no row" would say nothing.
fn not_covered(definition: &Definition, astrometry: Option<&AstrometryFacts>) -> Option<Reason> {
    let (limit, frame) = (definition.dec_min_deg?, astrometry?);
    let south = frame.dec_deg - frame.half_diagonal_arcmin / 60.0;
    (south < limit).then(|| {
        let name = definition.name;
        let message = format!(
            "{name} covers the sky north of Dec {limit}, the frame reaches Dec {south:.3}: {name} says nothing of it"
        );
        Reason::new("not_covered", message)
    })
}

fn finish(
    rows: &Table,
    facts: ReferenceFacts,
    config: &CatalogConfig,
    files: &mut UnitFiles,
) -> Result<Outcome<ReferenceFacts>, CatalogError> {
    if rows.n_rows() == 0 && config.brighter_than_mag.is_none() {
        files.warn(
            "no_rows",
            format!(
                "{} has no row around the frame: the answer, or the table's field, may be wrong",
                facts.catalog_name
            ),
        );
    }
    // mark: reference-table-name
    files.write("table", ".csv", Some(rows.n_rows() as u64), |mut out| -> Result<(), CatalogError> {
        Ok(write_csv(&mut out, COLUMNS, rows)?)
    })?;
    Ok(Outcome::Done(facts))
}

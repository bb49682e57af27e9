//! All files looked at: heads in parallel, then what only all of them together tell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use products::{RawFrameFacts, RawFrameSet};
use rayon::prelude::*;
use sky_fits::FitsError;
use step_contract::{Input, Reason};
use step_harness::{Outcome, of_fits};

use crate::config::IngestConfig;
use crate::error::IngestError;
use crate::groups::group;
use crate::record::{FrameRecord, record_with_log};
use crate::session_log::{self, SessionLog};
use crate::twins::twins;
use crate::unfit::Unfit;

/// A file that no record can be made of.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is the log of a session, or another JSON document.
    NotAFrame(Reason),
    /// It cannot be read.
    Unreadable(FitsError),
}

impl Refused {
    /// How it ends its unit.
    pub(crate) fn outcome(&self) -> Result<Outcome<RawFrameFacts>, IngestError> {
        match self {
            Self::NotAFrame(reason) => Ok(Outcome::NoWork(reason.clone())),
            Self::Unreadable(error) => {
                Err(IngestError::Head { ending: of_fits(error), message: error.without_folder() })
            }
        }
    }
}

/// One file of the input.
struct Offered {
    id: String,
    path: PathBuf,
    relative: String,
    format: String,
}

/// Every file of the input by its unit.
pub(crate) fn survey(
    config: &IngestConfig,
    raw: &Input<RawFrameSet>,
) -> BTreeMap<String, Result<FrameRecord, Refused>> {
    let begun = Instant::now();
    let files: Vec<Offered> = raw.units().filter_map(|unit| offered(raw, unit.id())).collect();
    let logs: BTreeMap<PathBuf, SessionLog> = files
        .iter()
        .filter(|file| session_log::is_log(&file.path))
        .filter_map(|file| Some((file.path.parent()?.to_owned(), session_log::read(&file.path)?)))
        .collect();
    let mut found: Vec<(Offered, Result<FrameRecord, Refused>)> = files
        .into_par_iter()
        .map(|file| {
            let log = file.path.parent().and_then(|folder| logs.get(folder));
            let record = look(&file, log, config);
            (file, record)
        })
        .collect();
    let seconds = begun.elapsed().as_secs_f64();
    tracing::info!(
        "{} headers in {seconds:.3} s ({:.0} a second)",
        found.len(),
        found.len() as f64 / seconds.max(1e-9)
    );
    if config.find_twins {
        mark_twins(&mut found);
    }
    let mut frames: Vec<&mut FrameRecord> = found
        .iter_mut()
        .filter_map(|(_, record)| record.as_mut().ok())
        .filter(|frame| frame.is_of_its_group())
        .collect();
    group(&mut frames, config.temperature_gap_c);
    // A stack of calibration frames that another program made is a master by itself.
    for (file, record) in &mut found {
        if let Ok(frame) = record
            && frame.is_master()
        {
            frame.facts.group = Some(file.id.clone());
        }
    }
    found.into_iter().map(|(file, record)| (file.id, record)).collect()
}

fn offered(raw: &Input<RawFrameSet>, id: &str) -> Option<Offered> {
    let unit = raw.unit(id)?;
    let (files, facts) = (unit.files.as_ref()?, unit.facts.as_ref()?);
    // `input:<name>/<path below the offered folder>`
    let relative = files.raw.path.split_once('/').map_or(files.raw.path.as_str(), |(_, relative)| relative);
    Some(Offered {
        id: id.to_owned(),
        path: raw.path_of(&files.raw),
        relative: relative.to_owned(),
        format: facts.format.clone(),
    })
}

fn look(file: &Offered, log: Option<&SessionLog>, config: &IngestConfig) -> Result<FrameRecord, Refused> {
    if file.format == "json" {
        let what =
            if session_log::is_log(&file.path) { Unfit::SessionLog.to_string() } else { "not a frame".to_owned() };
        return Err(Refused::NotAFrame(Reason::new(
            Unfit::SessionLog.kind(),
            format!("{}: {what}", name_of(&file.path)),
        )));
    }
    record_with_log(&file.path, &file.relative, &file.format, log, config).map_err(Refused::Unreadable)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Of frames with the same pixels the first one in the order of ids is used.
fn mark_twins(found: &mut [(Offered, Result<FrameRecord, Refused>)]) {
    let places: Vec<usize> =
        (0..found.len()).filter(|at| found[*at].1.as_ref().is_ok_and(|frame| frame.unfit.is_empty())).collect();
    let frames: Vec<(&FrameRecord, PathBuf)> = places
        .iter()
        .filter_map(|at| found[*at].1.as_ref().ok().map(|frame| (frame, found[*at].0.path.clone())))
        .collect();
    let same: Vec<(usize, String)> = twins(&frames)
        .into_iter()
        .map(|(later, earlier)| (places[later], found[places[earlier]].0.id.clone()))
        .collect();
    for (place, earlier) in same {
        if let Ok(frame) = &mut found[place].1 {
            frame.unfit.push(Unfit::SamePixels(earlier));
        }
    }
}

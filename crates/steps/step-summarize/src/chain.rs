//! The manifests of the run: the last one of each product, and every unit that is not done.

use std::collections::BTreeSet;

use products::{CandidateTable, FrameSet, MatchTable, PsfModelSet, SourceCatalog, TilePlan};
use step_contract::{Input, Product, RunManifests, Status, Unit};

use crate::error::SummarizeError;

/// A unit that is not done, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotDone {
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) status: String,
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// What the chain has made.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) plan: Option<Input<TilePlan>>,
    pub(crate) frames: Option<Input<FrameSet>>,
    pub(crate) catalog: Option<Input<SourceCatalog>>,
    pub(crate) psf: Option<Input<PsfModelSet>>,
    pub(crate) matches: Option<Input<MatchTable>>,
    pub(crate) verdicts: Option<Input<CandidateTable>>,
    pub(crate) not_done: Vec<NotDone>,
}

impl Chain {
    pub(crate) fn read(run: &RunManifests) -> Result<Self, SummarizeError> {
        Ok(Self {
            plan: last(run)?,
            frames: last(run)?.or_else(|| frames_behind(run)),
            catalog: last(run)?,
            psf: last(run)?,
            matches: last(run)?,
            verdicts: last(run)?,
            not_done: not_done(run)?,
        })
    }

    /// Every tile that the chain was to judge, in order: those of the first of plan, frames, catalogue and verdicts that is there.
    pub(crate) fn tiles(&self) -> Vec<String> {
        fn ids<P: Product>(input: &Option<Input<P>>) -> Option<BTreeSet<String>> {
            input.as_ref().map(|input| input.units().map(|unit| unit.id().to_owned()).collect())
        }
        let tiles = ids(&self.plan)
            .or_else(|| ids(&self.frames))
            .or_else(|| ids(&self.catalog))
            .or_else(|| ids(&self.verdicts));
        tiles.unwrap_or_default().into_iter().collect()
    }
}

/// The facts of a done unit.
pub(crate) fn facts<'a, P: Product>(input: &'a Option<Input<P>>, tile: &str) -> Option<&'a P::Facts> {
    done(input, tile).and_then(|unit| unit.facts.as_ref())
}

/// A done unit.
pub(crate) fn done<'a, P: Product>(input: &'a Option<Input<P>>, tile: &str) -> Option<&'a Unit<P>> {
    input.as_ref().and_then(|input| input.unit(tile)).filter(|unit| unit.status == Status::Done)
}

/// The path of a file of a done unit.
pub(crate) fn path<P: Product>(input: &Option<Input<P>>, tile: &str, role: &str) -> Option<std::path::PathBuf> {
    use step_contract::FileSet as _;
    let entry = done(input, tile)?.files.as_ref()?.entry(role)?.clone();
    input.as_ref().map(|input| input.path_of(&entry))
}

/// The HDU of a frame's image.
pub(crate) fn hdu_index(frames: &Option<Input<FrameSet>>, tile: &str) -> Option<usize> {
    done(frames, tile)?.facts.as_ref()?.hdu_index()
}

fn last<P: Product>(run: &RunManifests) -> Result<Option<Input<P>>, SummarizeError> {
    let manifest = run.manifests.iter().rev().find(|manifest| manifest.product.name == P::NAME);
    manifest
        .map(|manifest| {
            manifest.open::<P>().map_err(|message| SummarizeError::Manifest { label: manifest.label.clone(), message })
        })
        .transpose()
}

/// The frames that the last catalogue was made from, where they came from elsewhere and no step of this run wrote them.
fn frames_behind(run: &RunManifests) -> Option<Input<FrameSet>> {
    let catalog = run.manifests.iter().rev().find(|manifest| manifest.product.name == SourceCatalog::NAME)?;
    let manifest = catalog.json().ok()?;
    let mut reads = manifest["reads"].as_array()?.iter();
    let read = reads.find(|read| read["product"]["name"] == FrameSet::NAME)?["path"].as_str()?;
    let path = match read.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
        Some((name, file)) => catalog.external.get(name)?.join(file),
        None => catalog.folder().join(read),
    };
    step_contract::read_input::<FrameSet>(&path, "run", 0).ok()
}

fn not_done(run: &RunManifests) -> Result<Vec<NotDone>, SummarizeError> {
    let mut list = Vec::new();
    for manifest in &run.manifests {
        let value =
            manifest.json().map_err(|message| SummarizeError::Manifest { label: manifest.label.clone(), message })?;
        for unit in value["units"].as_array().into_iter().flatten().filter(|unit| unit["status"] != "done") {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            list.push(NotDone {
                label: manifest.label.clone(),
                unit: text(&unit["unit"]),
                status: text(&unit["status"]),
                kind: text(&unit["reason"]["kind"]),
                message: text(&unit["reason"]["message"]),
            });
        }
    }
    Ok(list)
}

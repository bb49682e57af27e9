//! Everything that is known of a run.

use std::collections::BTreeSet;

use products::SummaryFacts;
use sky_plot::Bins;
use sky_stats::median;

use crate::area::covered_deg2;
use crate::chain::{Chain, facts};
use crate::config::SummarizeParams;
use crate::detections::Detections;
use crate::edges::{Ring, rings};
use crate::error::SummarizeError;
use crate::funnel::{FunnelStage, stages};
use crate::overlap::Overlap;
use crate::rows::{KeptRow, Verdicts};

/// Everything that is known of a run.
#[derive(Clone, Debug)]
pub(crate) struct RunSummary {
    pub(crate) chain: Chain,
    pub(crate) verdicts: Verdicts,
    pub(crate) overlap: Overlap,
    pub(crate) funnel: Vec<FunnelStage>,
    pub(crate) rings: Vec<Ring>,
    pub(crate) histograms: [(&'static str, &'static str, Bins); 3],
    pub(crate) facts: SummaryFacts,
    pub(crate) edge_warn_sigma: f64,
}

impl RunSummary {
    pub(crate) fn of(chain: Chain, params: &SummarizeParams) -> Result<Self, SummarizeError> {
        let verdicts = Verdicts::read(&chain)?;
        let overlap = Overlap::of(&verdicts.kept, params)?;
        let detections = Detections::read(&chain)?;
        let tiles = chain.tiles();
        // A chain without catalogues (it began with verdicts) knows its detections from them.
        let of_catalogs: Option<u64> = chain.catalog.as_ref().map(|_| {
            tiles.iter().filter_map(|tile| facts(&chain.catalog, tile)).map(|facts| facts.objects_detected).sum()
        });
        let judged: u64 = verdicts.tiles.iter().map(|tile| tile.facts.detections).sum();
        let total = of_catalogs.unwrap_or(judged);
        let is_candidate = |row: usize| verdicts.kept[row].is_candidate;
        let duplicate_candidates =
            (0..verdicts.kept.len()).filter(|row| is_candidate(*row) && overlap.is_duplicate(*row)).count() as u64;
        let funnel = stages(total, &verdicts, duplicate_candidates)?;
        let distinct: Vec<&KeptRow> = (0..verdicts.kept.len())
            .filter(|row| is_candidate(*row) && !overlap.is_duplicate(*row))
            .map(|row| &verdicts.kept[row])
            .collect();
        let rings = rings(&chain, &verdicts.tiles, &distinct, params.edge_ring_deg);
        let with_verdict: BTreeSet<&str> = verdicts.tiles.iter().map(|tile| tile.id.as_str()).collect();
        let sum = |count: fn(&products::CandidateFacts) -> u64| {
            verdicts.tiles.iter().map(|tile| count(&tile.facts)).sum::<u64>()
        };
        let middle =
            |values: &[f64]| median(&mut values.iter().copied().filter(|v| v.is_finite()).collect::<Vec<f64>>());
        let facts = SummaryFacts {
            detections: total,
            kept_count: sum(|facts| facts.kept_count),
            dropped_count: sum(|facts| facts.dropped_count),
            candidates_count: sum(|facts| facts.candidates_count),
            tiles_done: with_verdict.len() as u64,
            tiles_not_done: tiles.iter().filter(|tile| !with_verdict.contains(tile.as_str())).cloned().collect(),
            area_deg2_covered: covered_deg2(&chain, &verdicts),
            duplicates_count: overlap.duplicates_count(),
            repeats_count: overlap.repeats_count(),
            // mark: median-width-told
            fwhm_image_median_px: middle(&detections.fwhm_px),
            mag_auto_median: middle(&detections.mag),
            snr_win_median: middle(&detections.snr),
            summary_paths: Vec::new(),
            plots: Vec::new(),
        };
        let bins = params.histogram_bins as usize;
        let histograms = [
            ("FWHM_IMAGE", "FWHM_IMAGE (pixel)", Bins::new(&detections.fwhm_px, bins)),
            // mark: histogram-magnitudes
            ("MAG_AUTO", "MAG_AUTO (instrumental magnitude, not calibrated)", Bins::new(&detections.mag, bins)),
            // SNR spans decades.
            (
                "SNR_WIN",
                "log10 SNR_WIN",
                Bins::new(&detections.snr.iter().map(|snr| libm::log10(*snr)).collect::<Vec<_>>(), bins),
            ),
        ];
        Ok(Self { chain, verdicts, overlap, funnel, rings, histograms, facts, edge_warn_sigma: params.edge_warn_sigma })
    }
}

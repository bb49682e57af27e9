//! The tables of a summary.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::{done, facts};
use crate::references::reference_sums;
use crate::report::{Section, fixed};
use crate::summary::RunSummary;

/// Rows of a table on the page.
const ROWS_ON_PAGE: usize = 200;

impl RunSummary {
    /// All tables, in the order of the page.
    pub(crate) fn sections(&self) -> Vec<Section> {
        vec![
            self.run(),
            self.funnel_table(),
            self.not_done(),
            self.tiles(),
            self.sight(),
            self.references(),
            self.chance(),
            self.edges(),
            self.plates(),
            self.bins(),
        ]
    }

    fn run(&self) -> Section {
        let facts = &self.facts;
        let mut section = Section::new("run", "The run", &["number", "value", "unit"]);
        let moved: u64 = self.verdicts.tiles.iter().map(|tile| tile.facts.moved_count).sum();
        let rows: [(&str, String, &str); 15] = [
            ("detections", facts.detections.to_string(), ""),
            ("kept_count", facts.kept_count.to_string(), ""),
            ("dropped_count", facts.dropped_count.to_string(), ""),
            ("candidates_count", facts.candidates_count.to_string(), ""),
            ("distinct_candidates", self.funnel.last().map_or(0, |stage| stage.output).to_string(), ""),
            ("moved_count", moved.to_string(), ""),
            ("duplicates_count", facts.duplicates_count.to_string(), ""),
            ("repeats_count", facts.repeats_count.to_string(), ""),
            ("tiles_done", facts.tiles_done.to_string(), ""),
            ("tiles_not_done", facts.tiles_not_done.len().to_string(), ""),
            ("area_deg2_covered", fixed(Some(facts.area_deg2_covered), 6), "deg2"),
            ("candidates_per_deg2", fixed(self.per_deg2(), 3), "1/deg2"),
            ("fwhm_image_median_px", fixed(facts.fwhm_image_median_px, 4), "pix"),
            ("mag_auto_median", fixed(facts.mag_auto_median, 4), "mag (instrumental)"),
            ("snr_win_median", fixed(facts.snr_win_median, 4), ""),
        ];
        for (name, value, unit) in rows {
            section.row([name.to_owned(), value, unit.to_owned()]);
        }
        section
    }

    fn per_deg2(&self) -> Option<f64> {
        let distinct = self.funnel.last().map_or(0, |stage| stage.output);
        (self.facts.area_deg2_covered > 0.0).then(|| distinct as f64 / self.facts.area_deg2_covered)
    }

    fn funnel_table(&self) -> Section {
        let mut section = Section::new("funnel", "The funnel", &["stage", "input", "lost", "output"]);
        section.note =
            "Each stage's input is the output of the stage before. A row is lost at the first rule that it broke."
                .to_owned();
        for stage in &self.funnel {
            section.row([
                stage.name.clone(),
                stage.input.to_string(),
                stage.lost.to_string(),
                stage.output.to_string(),
            ]);
        }
        section
    }

    fn not_done(&self) -> Section {
        let mut section =
            Section::new("not_done", "What was not done, and why", &["step and unit", "status", "kind", "reason"]);
        section.note = "Tiles without a verdict give no candidates and are not part of the area.".to_owned();
        for unit in &self.chain.not_done {
            let name = format!("{}/{}", unit.label, unit.unit);
            section.row([name, unit.status.clone(), unit.kind.clone(), unit.message.clone()]);
        }
        section.rows_on_page = ROWS_ON_PAGE;
        section
    }

    fn tiles(&self) -> Section {
        let columns = [
            "tile",
            "plate",
            "detections",
            "kept",
            "candidates",
            "veto_status",
            "fwhm_px",
            "psf_fwhm_px",
            "background_adu",
            "background_rms_adu",
            "masked_fraction",
            "tie",
            "tie_median_arcsec",
        ];
        let mut section = Section::new("tiles", "Tiles with a verdict", &columns);
        for tile in &self.verdicts.tiles {
            let catalog = facts(&self.chain.catalog, &tile.id);
            let psf = facts(&self.chain.psf, &tile.id);
            let mask = facts(&self.chain.frames, &tile.id).and_then(|frame| frame.mask.as_ref());
            let tie = facts(&self.chain.matches, &tile.id).map(|matches| &matches.tie);
            section.row([
                tile.id.clone(),
                tile.plate_id.clone(),
                tile.facts.detections.to_string(),
                tile.facts.kept_count.to_string(),
                tile.facts.candidates_count.to_string(),
                tile.facts.veto_status.name().to_owned(),
                fixed(catalog.and_then(|catalog| catalog.fwhm_median_px), 3),
                fixed(psf.and_then(|psf| psf.fwhm_px), 3),
                fixed(catalog.and_then(|catalog| catalog.background_adu), 1),
                fixed(catalog.and_then(|catalog| catalog.background_rms_adu), 1),
                fixed(mask.map(|mask| mask.masked_fraction), 5),
                tie.map_or(String::new(), |tie| {
                    if tie.ok { "ok".to_owned() } else { tie.reason.clone().unwrap_or_default() }
                }),
                fixed(tie.and_then(|tie| tie.median_after_arcsec), 3),
            ]);
        }
        section.rows_on_page = ROWS_ON_PAGE;
        section
    }

    /// What each catalogue shows that it sees of each tile.
    fn sight(&self) -> Section {
        let columns =
            ["tile and catalogue", "status", "bright_detections", "matched", "share", "by_lower_end", "empty_parts"];
        let mut section = Section::new("sight", "What the catalogues see", &columns);
        section.note = "Bright unmasked detections with a pair in each catalogue that vetoes or names spike stars. `by_lower_end`: with few of them \
                        `share` is the binomial lower end (one standard deviation)."
            .to_owned();
        for tile in &self.verdicts.tiles {
            for evidence in &tile.facts.evidence {
                let Some(sight) = &evidence.sight else { continue };
                section.row([
                    format!("{} {}", tile.id, evidence.catalog),
                    evidence.status.clone(),
                    sight.bright.to_string(),
                    sight.matched.to_string(),
                    fixed(Some(sight.share), 4),
                    sight.by_lower_end.to_string(),
                    sight.empty_parts.to_string(),
                ]);
            }
        }
        section.rows_on_page = ROWS_ON_PAGE;
        section
    }

    fn references(&self) -> Section {
        let columns = [
            "reference",
            "tiles",
            "rows",
            "pairs",
            "detections_matched",
            "detections_unmatched",
            "references_matched",
            "references_unmatched",
            "chance_expected",
            "chance_measured",
            "chance_matches_expected",
        ];
        let mut section = Section::new("references", "Matches against each reference", &columns);
        section.note = "`chance_expected` is the mean share of random positions that have a reference within the radius; \
                        `chance_measured` the same with shifted references. It is also the share of true transients that the \
                        reference vetoes by chance."
            .to_owned();
        for (name, sums) in &reference_sums(&self.chain) {
            section.row([
                name.clone(),
                sums.tiles.to_string(),
                sums.rows.to_string(),
                sums.pairs.to_string(),
                sums.matched.to_string(),
                sums.unmatched.to_string(),
                sums.references_matched.to_string(),
                sums.references_unmatched.to_string(),
                fixed(sums.expected(), 5),
                fixed(sums.measured(), 5),
                fixed(sums.expected().map(|share| share * (sums.matched + sums.unmatched) as f64), 1),
            ]);
        }
        section
    }

    /// How often a true transient is lost to a star that stands there by chance.
    fn chance(&self) -> Section {
        let mut section = Section::new("chance_vetoes", "True transients lost by chance", &["number", "value", "unit"]);
        section.note = "Of the catalogues that vetoed a row: 1 - product of (1 - share), an upper limit, since they share most of their stars."
            .to_owned();
        let all = self.verdicts.tiles.iter().map(|tile| &tile.facts);
        let reasons = all.flat_map(|facts| facts.first_reasons.keys().chain(facts.all_reasons.keys()));
        let vetoed: BTreeSet<&str> = reasons.filter_map(|reason| reason.strip_prefix("veto_")).collect();
        let shares: Vec<f64> = reference_sums(&self.chain)
            .iter()
            .filter(|(name, _)| vetoed.contains(name.as_str()))
            .filter_map(|(_, sums)| sums.expected())
            .collect();
        let lost = 1.0 - shares.iter().fold(1.0, |left, share| left * (1.0 - share));
        let lost = (!shares.is_empty()).then_some(lost);
        section.row(["catalogues".to_owned(), shares.len().to_string(), String::new()]);
        section.row(["expected_loss".to_owned(), fixed(lost.map(|lost| 100.0 * lost), 3), "percent".to_owned()]);
        section
    }

    fn edges(&self) -> Section {
        let mut section = Section::new(
            "edges",
            "Candidates by distance from the plate's centre",
            &["ring_deg", "observed", "expected", "ratio", "z", "warning"],
        );
        section.note = format!(
            "Expected from the covered area of each plate (masks not taken out). z above {} is warned of: defects crowd towards edges, stars do not.",
            self.edge_warn_sigma
        );
        for ring in &self.rings {
            let z = ring.z();
            section.row([
                format!("{:.2}-{:.2}", ring.from_deg, ring.to_deg),
                ring.observed.to_string(),
                fixed(Some(ring.expected), 2),
                fixed((ring.expected > 0.0).then(|| ring.observed as f64 / ring.expected), 2),
                fixed(z, 2),
                if z.is_some_and(|z| z > self.edge_warn_sigma) { "excess".to_owned() } else { String::new() },
            ]);
        }
        section
    }

    fn plates(&self) -> Section {
        let mut section =
            Section::new("plates", "Plates", &["plate", "date_obs", "mjd_mid", "exposure_s", "tiles", "candidates"]);
        let mut plates: BTreeMap<String, (Vec<String>, u64)> = BTreeMap::new();
        for tile in self.verdicts.tiles.iter().filter(|tile| done(&self.chain.verdicts, &tile.id).is_some()) {
            let plate = plates.entry(tile.plate_id.clone()).or_default();
            plate.0.push(tile.id.clone());
            plate.1 += tile.facts.candidates_count;
        }
        for (plate, (tiles, candidates)) in plates {
            let first = tiles.first().map(String::as_str).unwrap_or_default();
            let of_frame = facts(&self.chain.frames, first).and_then(|frame| frame.exposure.clone());
            let known = of_frame
                .or_else(|| facts(&self.chain.catalog, first).and_then(|catalog| catalog.exposure.clone()))
                .unwrap_or_default();
            section.row([
                if plate.is_empty() { "unknown".to_owned() } else { plate },
                known.date_obs.unwrap_or_default(),
                fixed(known.mjd_mid, 5),
                fixed(known.exposure_s, 1),
                tiles.len().to_string(),
                candidates.to_string(),
            ]);
        }
        section.rows_on_page = ROWS_ON_PAGE;
        section
    }

    /// The bins of the histograms; their counts and the missing values sum to the detections.
    fn bins(&self) -> Section {
        let mut section = Section::new("histograms", "Histograms", &["quantity and bin", "low", "high", "count"]);
        section.note =
            "`missing` counts detections without the value. The page shows pictures; every bin is in `summary.csv`."
                .to_owned();
        for (name, _, bins) in &self.histograms {
            section.row([format!("{name} missing"), String::new(), String::new(), bins.missing.to_string()]);
        }
        section.rows_on_page = section.rows.len();
        for (name, _, bins) in &self.histograms {
            for (bin, count) in bins.counts.iter().enumerate() {
                let edge = |bin: usize| fixed(Some(bins.edge(bin)), 4);
                section.row([format!("{name} {:03}", bin + 1), edge(bin), edge(bin + 1), count.to_string()]);
            }
        }
        section
    }
}

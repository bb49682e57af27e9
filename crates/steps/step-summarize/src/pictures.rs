//! The pictures of a summary.

use std::collections::BTreeMap;

use sky_coords::SkyPos;
use sky_plot::{
    Picture, PlateSeries, SkySeries, Stage, Stamp, contact_sheet, cut, funnel, histogram, plate_map, sky_map,
};

use crate::area::{outline, placement};
use crate::chain::{hdu_index, path};
use crate::claims;
use crate::config::SummarizeParams;
use crate::error::SummarizeError;
use crate::rows::KeptRow;
use crate::summary::RunSummary;

/// A picture with the name of its files.
pub(crate) struct NamedPicture {
    pub(crate) name: &'static str,
    pub(crate) picture: Picture,
}

/// Funnel, histograms and maps.
pub(crate) fn plots(summary: &RunSummary) -> Vec<NamedPicture> {
    let stages: Vec<Stage> = std::iter::once(Stage { name: "detected".to_owned(), count: summary.facts.detections })
        .chain(summary.funnel.iter().map(|stage| Stage { name: stage.name.clone(), count: stage.output }))
        .collect();
    let mut pictures = vec![NamedPicture { name: "funnel", picture: funnel("From detections to candidates", &stages) }];
    let names = ["histogram_fwhm_image", "histogram_mag_auto", "histogram_snr_win"];
    for (name, (quantity, label, bins)) in names.into_iter().zip(&summary.histograms) {
        let title = format!("{quantity} of {} detections", summary.facts.detections);
        pictures.push(NamedPicture { name, picture: histogram(&title, label, "Detections", bins) });
    }
    pictures.push(NamedPicture { name: "sky", picture: sky(summary) });
    pictures.push(NamedPicture { name: "plate", picture: plate(summary) });
    pictures
}

/// The contact sheet of candidates, and of other kept rows where there is no candidate.
const SHEETS: [(&str, &str); 2] = [("candidates", "candidates"), ("kept_rows", "kept rows, not candidates")];
/// What the second sheet says before the claim.
const NO_CLAIM: &str = "none is a candidate";

/// Rows that are shown: distinct candidates; where there is none, distinct kept rows. And what they are called: name of
/// the contact sheet, name in legends.
pub(crate) fn shown(summary: &RunSummary) -> ((&'static str, &'static str), Vec<&KeptRow>) {
    let distinct = || {
        summary
            .verdicts
            .kept
            .iter()
            .enumerate()
            .filter(|(index, _)| !summary.overlap.is_duplicate(*index))
            .map(|(_, row)| row)
    };
    let candidates: Vec<&KeptRow> = distinct().filter(|row| row.is_candidate).collect();
    if candidates.is_empty() { (SHEETS[1], distinct().collect()) } else { (SHEETS[0], candidates) }
}

fn sky(summary: &RunSummary) -> Picture {
    let ((_, name), rows) = shown(summary);
    let places: Vec<SkyPos> = rows.iter().map(|row| row.position).collect();
    let dropped: Vec<SkyPos> = summary.verdicts.sample.iter().map(|(sky, _)| *sky).collect();
    let series =
        [SkySeries { name: "dropped".to_owned(), places: dropped }, SkySeries { name: name.to_owned(), places }];
    let tiles = summary.chain.tiles();
    let outlines: Vec<_> =
        tiles.iter().filter_map(|tile| placement(&summary.chain, tile)).map(|tile| outline(&tile)).collect();
    sky_map(&format!("On the sky: {}", claims::title(&summary.verdicts)), &series, &outlines)
}

fn plate(summary: &RunSummary) -> Picture {
    let ((_, name), rows) = shown(summary);
    let places_mm = rows.iter().map(|row| row.plate_mm).collect();
    let dropped = summary.verdicts.sample.iter().map(|(_, mm)| *mm).collect();
    let series = [
        PlateSeries { name: "dropped".to_owned(), places_mm: dropped },
        PlateSeries { name: name.to_owned(), places_mm },
    ];
    plate_map(&format!("On the plate (all plates together): {}", claims::title(&summary.verdicts)), &series)
}

/// The contact sheet, brightest first; each image is read once. `None` where there is no row or no image to show.
pub(crate) fn cutouts(summary: &RunSummary, params: &SummarizeParams) -> Result<Option<Picture>, SummarizeError> {
    let ((sheet, name), mut rows) = shown(summary);
    let claim = claims::of_run(&summary.verdicts);
    let note = if sheet == SHEETS[0].0 { claim } else { format!("{NO_CLAIM} ({claim})") };
    let count = rows.len();
    rows.sort_by(|a, b| b.snr.total_cmp(&a.snr).then_with(|| a.source_id().cmp(&b.source_id())));
    rows.truncate(params.max_cutouts as usize);
    let mut by_tile: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        by_tile.entry(&row.unit).or_default().push(place);
    }
    let mut stamps: BTreeMap<usize, Stamp> = BTreeMap::new();
    for (tile, places) in by_tile {
        // A chain that began with catalogues has no image to show.
        let Some(path) = path(&summary.chain.frames, tile, "image") else { continue };
        let image = sky_fits::ImageReader::open_hdu(&path, hdu_index(&summary.chain.frames, tile))
            .and_then(|reader| reader.read())
            .map_err(|error| SummarizeError::File {
                what: "the image",
                unit: tile.to_owned(),
                message: error.to_string(),
            })?;
        for place in places {
            let row = rows[place];
            let pixels = cut(image.pixels.view(), row.x_image - 1.0, row.y_image - 1.0, params.cutout_side_px as usize);
            let caption = vec![
                format!("{}  SNR {:.1}", place + 1, row.snr),
                format!("{:.5} {:+.5}", row.position.ra_deg, row.position.dec_deg),
                row.source_id(),
            ];
            stamps.insert(place, Stamp { pixels, caption });
        }
    }
    let stamps: Vec<Stamp> = stamps.into_values().collect();
    let title = format!("{} of {count} {name}", stamps.len());
    Ok((!stamps.is_empty()).then(|| contact_sheet(&title, &note, &stamps)))
}

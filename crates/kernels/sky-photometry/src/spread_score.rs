//! How far SPREAD_MODEL lies from that of the image's own point sources.

use sky_catalog::Source;
use sky_catalog::flags::{ISOPHOTE_INCOMPLETE, SATURATED, TRUNCATED};
use sky_stats::{mad_sigma, median};

/// Least SNR_WIN of the sources that say where point sources lie.
const MIN_SNR: f64 = 20.0;
/// Largest error of SPREAD_MODEL of such a source.
const MAX_ERROR: f64 = 0.01;
/// Fewest such sources.
const MIN_SOURCES: usize = 20;
/// Sources farther than this many scatters from the median are left out of both.
const CLIP: f64 = 3.0;
/// Rounds of clipping.
const ROUNDS: usize = 10;

/// (SPREAD_MODEL - m) / sqrt(SPREADERR_MODEL^2 + s^2) of each source, where m is the clipped median of the bright, whole,
/// unsaturated sources, and s the scatter about it that their errors do not explain (median absolute deviation).
///
/// `None` for a source without a PSF fit, and for all where fewer than 20 sources say where point sources lie.
pub fn spread_scores(sources: &[Source]) -> Vec<Option<f64>> {
    let centre = centre(sources);
    sources
        .iter()
        .map(|source| {
            let ((median, scatter), psf) = (centre?, source.psf.as_ref()?);
            let score =
                (psf.spread_model - median) / (psf.spread_model_err * psf.spread_model_err + scatter * scatter).sqrt();
            score.is_finite().then_some(score)
        })
        .collect()
}

/// Median of the point sources and their scatter beyond their errors.
fn centre(sources: &[Source]) -> Option<(f64, f64)> {
    let bad = SATURATED | TRUNCATED | ISOPHOTE_INCOMPLETE;
    let mut chosen: Vec<(f64, f64)> = sources
        .iter()
        .filter(|source| source.flags & bad == 0 && source.image_flags == 0 && source.snr_win() >= MIN_SNR)
        .filter_map(|source| source.psf.as_ref())
        .filter(|psf| psf.flags == 0 && psf.spread_model.is_finite() && psf.spread_model_err <= MAX_ERROR)
        .map(|psf| (psf.spread_model, psf.spread_model_err))
        .collect();
    for _ in 0..ROUNDS {
        let (middle, scatter) = median_and_scatter(&chosen)?;
        let before = chosen.len();
        chosen.retain(|(spread, _)| (spread - middle).abs() <= CLIP * scatter);
        if chosen.len() == before {
            break;
        }
    }
    if chosen.len() < MIN_SOURCES {
        return None;
    }
    let (middle, scatter) = median_and_scatter(&chosen)?;
    let error = median(&mut chosen.iter().map(|(_, error)| *error).collect::<Vec<_>>())?;
    Some((middle, (scatter * scatter - error * error).max(0.0).sqrt()))
}

fn median_and_scatter(values: &[(f64, f64)]) -> Option<(f64, f64)> {
    let mut spreads: Vec<f64> = values.iter().map(|(spread, _)| *spread).collect();
    Some((median(&mut spreads)?, mad_sigma(&mut spreads)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_catalog::{Flux, PsfMeasurement};

    fn source(spread_model: f64, spread_model_err: f64) -> Source {
        let psf = PsfMeasurement {
            x_px: 0.0,
            y_px: 0.0,
            x_err_px: 0.0,
            y_err_px: 0.0,
            flux_adu: 1.0,
            flux_err_adu: 0.0,
            reduced_chi2: 1.0,
            spread_model,
            spread_model_err,
            flags: 0,
        };
        let mut source = Source { psf: Some(psf), ..Source::default() };
        source.windowed.flux = Flux { adu: 100.0, err_adu: 1.0 };
        source
    }

    #[test]
    fn the_score_counts_from_the_stars_of_the_image() {
        // Stars at 0.003 +- 0.001 (every other 0.001 above or below), a galaxy at 0.02.
        let mut sources: Vec<Source> = (0..101).map(|i| source(0.003 + 0.001 * f64::from(i % 3 - 1), 1.0e-4)).collect();
        sources.push(source(0.02, 1.0e-4));
        let scores = spread_scores(&sources);
        assert!(scores[1].is_some_and(|score| score.abs() < 0.1), "the median star: {:?}", scores[1]);
        let galaxy = scores[101].expect("enough stars");
        assert!(galaxy > 8.0, "17 scatters of 0.0015 off: {galaxy}");
        assert_eq!(spread_scores(&sources[..10]), vec![None; 10], "ten stars say nothing");
    }
}

//! Values of the detections of the last pass, for the histograms.

use sky_fits::SourceRows;

use crate::chain::{Chain, facts, path};
use crate::error::SummarizeError;

/// MAG_AUTO that stands for a flux that is not positive.
const NO_MAGNITUDE: f64 = 99.0;

/// One value a detection; NaN where it is missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detections {
    pub(crate) fwhm_px: Vec<f64>,
    pub(crate) mag: Vec<f64>,
    pub(crate) snr: Vec<f64>,
}

impl Detections {
    /// The columns of every done unit of the last source catalogue; a column that a catalogue does not have is missing there.
    pub(crate) fn read(chain: &Chain) -> Result<Self, SummarizeError> {
        let mut all = Self::default();
        let ids: Vec<String> = chain
            .catalog
            .iter()
            .flat_map(|input| input.units().map(|unit| unit.id().to_owned()).collect::<Vec<_>>())
            .collect();
        for id in ids {
            let (Some(facts), Some(path)) = (facts(&chain.catalog, &id), path(&chain.catalog, &id, "catalog")) else {
                continue;
            };
            let broken = |message: String| SummarizeError::File { what: "the catalogue", unit: id.clone(), message };
            let rows = SourceRows::read_columns(&path, &["FWHM_IMAGE", "MAG_AUTO", "SNR_WIN"])
                .map_err(|error| broken(error.to_string()))?;
            let count = facts.objects_detected as usize;
            for (values, name) in
                [(&mut all.fwhm_px, "FWHM_IMAGE"), (&mut all.mag, "MAG_AUTO"), (&mut all.snr, "SNR_WIN")]
            {
                let found = rows.numbers(name).unwrap_or_else(|_| vec![f64::NAN; count]);
                if found.len() != count {
                    let (found, expected) = (found.len() as u64, facts.objects_detected);
                    return Err(SummarizeError::Open { what: "detections", unit: id.clone(), found, expected });
                }
                values.extend(found);
            }
        }
        for mag in all.mag.iter_mut().filter(|mag| **mag >= NO_MAGNITUDE) {
            *mag = f64::NAN;
        }
        Ok(all)
    }
}

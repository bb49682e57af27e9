//! SExtractor's star and galaxy classifier: a small neural network (Bertin & Arnouts 1996, A&AS 117, 393, section 8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_catalog::{ISOPHOTAL_LEVELS, Source};

/// Inputs of the network: eight isophotal areas, the peak, and the seeing.
const INPUTS: usize = ISOPHOTAL_LEVELS + 2;
/// What stands for the logarithm's argument where an area is zero.
const NO_AREA: f64 = 0.01;
/// The same for a peak that is not positive.
const NO_PEAK: f64 = 0.1;

/// The classifier's weights and the seeing that it is told; without weights nothing is classified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClassStarParams {
    /// Full width at half maximum of stars, arc seconds (SExtractor: SEEING_FWHM).
    #[schemars(range(min = 0.01, max = 100.0))]
    pub seeing_fwhm_arcsec: f64,
    /// Scale of the pixels, arc seconds; 0: that of the image's WCS (SExtractor: PIXEL_SCALE).
    #[schemars(range(min = 0.0))]
    pub pixel_scale_arcsec: f64,
    /// What is added to each of the ten inputs after it was multiplied (`.nnw` file, first row of numbers).
    pub input_bias: Vec<f64>,
    /// What each input is multiplied with (second row).
    pub input_scale: Vec<f64>,
    /// Weights of each neuron of the hidden layer, then its bias (a row of eleven numbers each).
    pub hidden: Vec<Vec<f64>>,
    /// Weights of the output neuron, then its bias.
    pub output: Vec<f64>,
    /// Bias and scale of the output.
    pub output_scale: [f64; 2],
}

impl Default for ClassStarParams {
    fn default() -> Self {
        Self {
            seeing_fwhm_arcsec: 1.2,
            pixel_scale_arcsec: 0.0,
            input_bias: Vec::new(),
            input_scale: Vec::new(),
            hidden: Vec::new(),
            output: Vec::new(),
            output_scale: [0.0, 1.0],
        }
    }
}

/// The weights are none of this network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassifierError {
    /// Not a `.nnw` file.
    #[error("the first line is {found:?}, expected NNW")]
    Magic {
        /// First line.
        found: String,
    },
    /// Something that is no number.
    #[error("{word:?} is no number")]
    Number {
        /// What stands there.
        word: String,
    },
    /// Another shape.
    #[error("{what}: {found} numbers, expected {expected}")]
    Shape {
        /// Which row.
        what: &'static str,
        /// Numbers there.
        found: usize,
        /// Numbers expected.
        expected: usize,
    },
}

/// A network that is ready for the sources of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier<'a> {
    params: &'a ClassStarParams,
    seeing_px2: f64,
}

impl ClassStarParams {
    /// The weights in the text of a `.nnw` file (three layers, ten inputs, one output); seeing and scale as in `self`.
    pub fn with_weights(&self, text: &str) -> Result<Self, ClassifierError> {
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default().trim();
        if !first.starts_with("NNW") {
            return Err(ClassifierError::Magic { found: first.to_owned() });
        }
        let numbers: Vec<f64> = lines
            .map(|line| line.split('#').next().unwrap_or_default())
            .flat_map(str::split_whitespace)
            .map(|word| word.parse().map_err(|_| ClassifierError::Number { word: word.to_owned() }))
            .collect::<Result<_, _>>()?;
        let shape = |what, found, expected| Err(ClassifierError::Shape { what, found, expected });
        let &[layers, inputs, n_hidden, outputs, ref rest @ ..] = numbers.as_slice() else {
            return shape("sizes of the layers", numbers.len(), 4);
        };
        if layers != 3.0 || inputs != INPUTS as f64 || outputs != 1.0 || !(1.0..=1000.0).contains(&n_hidden) {
            return shape("layers, inputs and outputs", inputs as usize, INPUTS);
        }
        let n_hidden = n_hidden as usize;
        let expected = 2 * INPUTS + n_hidden * (INPUTS + 1) + n_hidden + 1 + 2;
        if rest.len() != expected {
            return shape("weights", rest.len(), expected);
        }
        let (input_bias, rest) = rest.split_at(INPUTS);
        let (input_scale, rest) = rest.split_at(INPUTS);
        let (hidden, rest) = rest.split_at(n_hidden * (INPUTS + 1));
        let (output, scale) = rest.split_at(n_hidden + 1);
        Ok(Self {
            input_bias: input_bias.to_vec(),
            input_scale: input_scale.to_vec(),
            hidden: hidden.chunks_exact(INPUTS + 1).map(<[f64]>::to_vec).collect(),
            output: output.to_vec(),
            output_scale: [scale[0], scale[1]],
            ..self.clone()
        })
    }
}

impl<'a> Classifier<'a> {
    /// The classifier for an image of that scale; `None` where there are no weights. Fails where their shapes do not fit.
    pub fn new(params: &'a ClassStarParams, pixel_scale_arcsec: f64) -> Result<Option<Self>, ClassifierError> {
        if params.hidden.is_empty() {
            return Ok(None);
        }
        let rows = [
            ("input_bias", params.input_bias.len(), INPUTS),
            ("input_scale", params.input_scale.len(), INPUTS),
            ("output", params.output.len(), params.hidden.len() + 1),
        ];
        let hidden = params.hidden.iter().map(|row| ("hidden", row.len(), INPUTS + 1));
        if let Some((what, found, expected)) = rows.into_iter().chain(hidden).find(|row| row.1 != row.2) {
            return Err(ClassifierError::Shape { what, found, expected });
        }
        let scale = if params.pixel_scale_arcsec > 0.0 { params.pixel_scale_arcsec } else { pixel_scale_arcsec };
        let seeing_px = params.seeing_fwhm_arcsec / scale;
        Ok(Some(Self { params, seeing_px2: seeing_px * seeing_px }))
    }

    /// CLASS_STAR of a source: 1 a point source, 0 an extended one. `noise_threshold_adu` is the image's detection threshold.
    pub fn classify(&self, source: &Source, noise_threshold_adu: f64) -> f64 {
        let areas = source.isophotal.level_areas_px2;
        let area = |level: usize| {
            libm::log10(if areas[level] > 0 { f64::from(areas[level]) / self.seeing_px2 } else { NO_AREA })
        };
        let peak = source.isophotal.peak_adu / noise_threshold_adu;
        let mut inputs = [0.0; INPUTS];
        inputs[0] = area(0);
        inputs[1] = libm::log10(if peak > 0.0 { peak } else { NO_PEAK });
        (1..ISOPHOTAL_LEVELS).for_each(|level| inputs[level + 1] = area(level));
        inputs[INPUTS - 1] = libm::log10(self.params.seeing_fwhm_arcsec);
        self.respond(&inputs)
    }

    /// The output of the network.
    fn respond(&self, inputs: &[f64; INPUTS]) -> f64 {
        let params = self.params;
        let scaled: Vec<f64> = inputs
            .iter()
            .zip(params.input_scale.iter().zip(&params.input_bias))
            .map(|(input, (scale, bias))| input * scale + bias)
            .collect();
        let hidden: Vec<f64> = params.hidden.iter().map(|weights| neuron(&scaled, weights)).collect();
        (neuron(&hidden, &params.output) - params.output_scale[0]) / params.output_scale[1]
    }
}

/// The logistic function of the weighted sum; the bias stands last.
fn neuron(inputs: &[f64], weights: &[f64]) -> f64 {
    let sum = inputs.iter().zip(weights).map(|(input, weight)| input * weight).sum::<f64>() + weights[inputs.len()];
    1.0 / (1.0 + libm::exp(-sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One hidden neuron that looks at the peak only.
    const TEXT: &str = "NNW\n# a comment\n 3 10 1 1\n\
        0 0 0 0 0 0 0 0 0 0\n1 2 1 1 1 1 1 1 1 1\n0 1 0 0 0 0 0 0 0 0 0.5\n4 -2\n0.0\n1.0\n";

    #[test]
    fn a_network_of_one_neuron_says_what_it_must() {
        let params = ClassStarParams::default().with_weights(TEXT).expect("a network");
        let classifier = Classifier::new(&params, 1.0).expect("shapes fit").expect("weights");
        let mut source = Source::default();
        source.isophotal.peak_adu = 100.0;
        let logistic = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        // log10(100 / 10) = 1, scaled to 2, plus 0.5; then 4 h - 2.
        let expected = logistic(4.0 * logistic(2.5) - 2.0);
        assert!((classifier.classify(&source, 10.0) - expected).abs() < 1e-12);
    }

    #[test]
    fn other_files_are_refused_and_no_weights_classify_nothing() {
        let none = ClassStarParams::default();
        assert!(matches!(none.with_weights("CONV NORM\n"), Err(ClassifierError::Magic { .. })));
        assert!(matches!(none.with_weights("NNW\n3 10 x 1"), Err(ClassifierError::Number { .. })));
        assert!(matches!(none.with_weights("NNW\n3 10 1 1\n1 2 3"), Err(ClassifierError::Shape { .. })));
        assert_eq!(Classifier::new(&none, 1.0), Ok(None));
    }
}

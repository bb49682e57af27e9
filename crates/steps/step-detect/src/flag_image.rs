//! IMAFLAGS_ISO from a flag image.

use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_detect::Detection;

/// How the flags of a footprint's pixels become one (SExtractor: FLAG_TYPE).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagCombination {
    /// All bits of all pixels.
    #[default]
    Or,
    /// The bits that all pixels share: none where one pixel has no flag.
    And,
    /// The smallest flag that is not zero.
    Min,
    /// The largest flag.
    Max,
    /// The flag that most flagged pixels have; of several the smallest.
    Most,
}

/// How the flag image bound to `flags` is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FlagParams {
    /// How the flags of a footprint's pixels become one.
    pub combination: FlagCombination,
    /// Whether a frame without a flag image is refused.
    pub required: bool,
}

/// Replaces IMAFLAGS_ISO and NIMAFLAGS_ISO of all sources by what a flag image of the same shape says of their footprints.
/// NIMAFLAGS_ISO counts the pixels that made the flag: all flagged ones, or for MIN, MAX and MOST those that have it.
pub(crate) fn fill_flags(found: &mut Detection, flags: &Array2<u32>, combination: FlagCombination) {
    let Detection { sources, segmentation, .. } = found;
    for source in sources {
        let columns = source.isophotal.x_min_px as usize..source.isophotal.x_max_px as usize + 1;
        let (mut values, mut area) = (Vec::new(), 0);
        for y in source.isophotal.y_min_px as usize..=source.isophotal.y_max_px as usize {
            for span in segmentation.between(y, &columns).iter().filter(|span| span.owner == source.number) {
                let row = flags.row(y);
                area += span.x1 - span.x0;
                values.extend((span.x0..span.x1).map(|x| row[x as usize]).filter(|flag| *flag != 0));
            }
        }
        (source.image_flags, source.n_masked_px) = combined(&mut values, area, combination);
    }
}

/// The flag of a footprint of `area` pixels from those that are not zero, and how many of them made it.
fn combined(values: &mut [u32], area: u32, combination: FlagCombination) -> (u32, u32) {
    let all = values.len() as u32;
    let having = |flag: u32| values.iter().filter(|value| **value == flag).count() as u32;
    match combination {
        _ if values.is_empty() => (0, 0),
        FlagCombination::Or => (values.iter().fold(0, |flags, value| flags | value), all),
        FlagCombination::And if all < area => (0, all),
        FlagCombination::And => (values.iter().fold(u32::MAX, |flags, value| flags & value), all),
        FlagCombination::Min => values.iter().min().map_or((0, 0), |flag| (*flag, having(*flag))),
        FlagCombination::Max => values.iter().max().map_or((0, 0), |flag| (*flag, having(*flag))),
        FlagCombination::Most => {
            values.sort_unstable();
            let runs = values.chunk_by(|a, b| a == b);
            runs.fold((0, 0), |best, run| if run.len() as u32 > best.1 { (run[0], run.len() as u32) } else { best })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_combine_as_their_names_say() {
        let of = |combination| combined(&mut [6, 2, 3, 2], 4, combination);
        assert_eq!(of(FlagCombination::Or), (7, 4));
        assert_eq!(of(FlagCombination::And), (2, 4));
        assert_eq!(of(FlagCombination::Min), (2, 2));
        assert_eq!(of(FlagCombination::Max), (6, 1));
        assert_eq!(of(FlagCombination::Most), (2, 2));
        assert_eq!(combined(&mut [6, 2, 3, 2], 5, FlagCombination::And), (0, 4), "a pixel without flag");
        assert_eq!(combined(&mut [], 3, FlagCombination::And), (0, 0), "no flagged pixel");
    }
}

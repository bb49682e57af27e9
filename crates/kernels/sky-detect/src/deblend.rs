//! Splitting of footprints at many thresholds.

use sky_catalog::flags::BLENDED;

use crate::gather::share_out;
use crate::object::{Extent, Object, Pixel, Profile};
use crate::params::DetectParams;
use crate::tree::{Tree, has_one_maximum};

/// Smallest part of a blend that counts, pixels (SExtractor: 3, or the smallest footprint if that is less).
const MIN_BRANCH_PX: u32 = 3;

/// The objects of one footprint: several where it branches (Bertin & Arnouts 1996, section 5).
///
/// The footprint is thresholded at `deblend_levels` levels from the threshold to its peak, spaced exponentially. Going down
/// from the peak, two or more parts that meet at a level are sources of their own if each holds more than
/// `deblend_contrast` of the footprint's light above that level.
pub(crate) fn deblend(pixels: Vec<Pixel>, threshold: f64, params: &DetectParams) -> Vec<Object> {
    let whole = |pixels: Vec<Pixel>| {
        let profile = Profile::new(&pixels, threshold, None);
        let (n_core, core) = (pixels.len(), Extent::of(&pixels));
        vec![Object { pixels, n_core, core, absorbed: Vec::new(), profile, threshold, parent: 0, flags: 0 }]
    };
    if params.deblend_levels < 2 || params.deblend_contrast >= 1.0 || has_one_maximum(&pixels) {
        return whole(pixels);
    }
    let peak = pixels.iter().map(|pixel| f64::from(pixel.filtered)).fold(f64::NEG_INFINITY, f64::max);
    let levels: Vec<f64> = (0..params.deblend_levels)
        .map(|k| threshold * libm::pow(peak / threshold, f64::from(k) / f64::from(params.deblend_levels)))
        .collect();
    let tree = Tree::new(&pixels, &levels, MIN_BRANCH_PX.min(params.min_area_px));
    let chosen = significant_branches(&tree, &levels, params.deblend_contrast);
    if chosen.is_empty() {
        return whole(pixels);
    }
    let cores: Vec<Vec<u32>> = chosen.iter().map(|branch| tree.pixels_of(&tree.branches[*branch], &pixels)).collect();
    let thresholds: Vec<f64> = chosen.iter().map(|branch| levels[usize::from(tree.branches[*branch].level)]).collect();
    share_out(&pixels, &cores, &thresholds)
        .into_iter()
        .zip(&cores)
        .map(|((pixels, (x, y)), core)| {
            let profile = Profile::new(&pixels, threshold, Some((x, y)));
            let n_core = core.len();
            let core = Extent::of(&pixels[..n_core]);
            Object { pixels, n_core, core, absorbed: Vec::new(), profile, threshold, parent: 0, flags: BLENDED }
        })
        .collect()
}

/// The branches that become sources; none where the footprint stays whole.
fn significant_branches(tree: &Tree, levels: &[f64], contrast: f64) -> Vec<usize> {
    let Some(root) = tree.branches.last() else { return Vec::new() };
    let least = root.flux * contrast;
    let significant = |branch: usize| {
        let branch = &tree.branches[branch];
        branch.flux - levels[usize::from(branch.level)] * f64::from(branch.area) > least
    };
    // Sons stand before their parents, so one pass from the top down to the root is enough.
    let mut whole = vec![true; tree.branches.len()];
    let mut chosen = Vec::new();
    for (number, branch) in tree.branches.iter().enumerate() {
        let sons = branch.sons.iter().map(|son| *son as usize);
        let n_significant = sons.clone().filter(|son| significant(*son)).count();
        whole[number] = sons.clone().all(|son| whole[son]);
        if n_significant > 1 {
            chosen.extend(sons.filter(|son| whole[*son] && significant(*son)));
            whole[number] = false;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_coords::PixelPos;
    use test_sky::{assert_close, gaussian_star};

    fn pixels_of(scene: &ndarray::Array2<f32>, threshold: f32) -> Vec<Pixel> {
        scene
            .indexed_iter()
            .filter(|(_, value)| **value > threshold)
            .map(|((y, x), value)| Pixel { x: x as u32, y: y as u32, filtered: *value, value: *value })
            .collect()
    }

    fn pair(distance: f64, ratio: f64) -> Vec<Object> {
        let scene = gaussian_star(40, 32, PixelPos::new(12.0, 16.0), 4.0, 10_000.0)
            + gaussian_star(40, 32, PixelPos::new(12.0 + distance, 16.0), 4.0, 10_000.0 * ratio);
        deblend(pixels_of(&scene, 5.0), 5.0, &DetectParams::default())
    }

    #[test]
    fn one_star_stays_whole() {
        let scene = gaussian_star(32, 32, PixelPos::new(15.3, 16.2), 4.0, 10_000.0);
        let found = deblend(pixels_of(&scene, 5.0), 5.0, &DetectParams::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].flags, 0);
    }

    #[test]
    fn two_stars_apart_by_two_widths_are_split_and_share_all_pixels() {
        let found = pair(8.0, 0.5);
        assert_eq!(found.len(), 2, "two peaks with a valley of a tenth between them");
        assert!(found.iter().all(|object| object.flags == BLENDED));
        assert_close!(found[0].profile.x, 12.0, abs = 0.2, "the core of the first");
        assert_close!(found[1].profile.x, 20.0, abs = 0.2, "the core of the second");
        let scene = gaussian_star(40, 32, PixelPos::new(12.0, 16.0), 4.0, 10_000.0)
            + gaussian_star(40, 32, PixelPos::new(20.0, 16.0), 4.0, 5_000.0);
        let shared: usize = found.iter().map(|object| object.pixels.len()).sum();
        assert_eq!(shared, pixels_of(&scene, 5.0).len(), "each pixel of the footprint belongs to one of them");
    }

    #[test]
    fn a_companion_below_the_contrast_is_not_split_off() {
        assert_eq!(pair(8.0, 0.004).len(), 1, "0.4 % of the light");
        assert_eq!(pair(8.0, 0.05).len(), 2, "5 % of the light");
    }
}

//! The model from the stars: residuals of all stars, brought to one grid, correct it again and again.
//!
//! Each sample of the grid is a polynomial of the position, found by weighted least squares over the stars (Bertin 2011,
//! equations 2 to 4, without its regularisation: residuals are interpolated with the kernel that renders the model, so
//! that frequencies beyond those of the pixels never enter). Positions of stars are refined with it (Anderson & King
//! 2000, PASP 112, 1360), but not on average: the model inherits the centre of the positions that it was given.
//!
//! Fluxes are those of the whole light: the sum of the model is one less what a Moffat profile of the width there has beyond
//! the grid (0.5 % on a plate of 2.7 px and 25 samples, 3 % where stars are 4.5 px wide), where the outer ring of the grid
//! shows that there is a halo at all: of Gaussian stars the sum is one.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use ndarray::Array3;
use rayon::prelude::*;
use sky_coords::PixelPos;
use sky_stats::{MAD_TO_SIGMA, median};

use crate::basis::Basis;
use crate::neighbours::Lit;
use crate::select::{Selection, moffat_scale_px};
use crate::star::{Star, Variance, Workspace};
use crate::widths::Widths;
use crate::{PsfCandidate, PsfError, PsfImage, PsfModel, PsfParams};

/// Least stars of a model of degree 0, 1, 2 and 3 (1, 3, 6 and 10 terms): at least eight a term, and never fewer than 20.
pub const MIN_STARS: [usize; 4] = [20, 30, 50, 100];

/// Corrections of the model.
const ITERATIONS: usize = 6;
/// Corrections after which outliers are rejected.
const REJECTING: [usize; 2] = [1, 3];
/// Stars in one task; fixed, so that sums do not depend on the number of threads.
const STARS_A_TASK: usize = 32;
/// The same where the mean residuals are summed, which are ten grids.
const PEAK_STARS_A_TASK: usize = 256;
/// Steps of the grid in the half-light diameter: two to the sigma of a Gaussian (Bertin 2011).
const STEPS_A_DIAMETER: f64 = 4.7;
/// Smallest and largest step of the automatic grid, pixels.
const STEP_RANGE_PX: (f64, f64) = (0.3, 1.0);
/// Radius of the pixels that fix position and flux of a star, half-light diameters.
const ADJUST_RADIUS_DIAMETERS: f64 = 1.3;
/// A star whose fitted position moves farther than this is none, pixels.
const MAX_SHIFT_PX: f64 = 1.0;
/// Chi-square of a star that is never an outlier: this times the median.
const TOLERATED_CHI2: f64 = 1.3;
/// Inner radius of the ring that tells of a halo, in units of its outer one, the largest circle on the grid.
const HALO_RING: f64 = 0.7;
/// A halo is one from this many of its errors on.
const HALO_SIGMA: f64 = 2.0;
/// Index of the sums over the whole image, after those of its ninths.
const WHOLE_IMAGE: usize = 9;

/// A model under way.
pub(crate) struct Building {
    pub(crate) model: PsfModel,
    basis: Basis,
    /// Sum of each plane of the model, of which the first holds the light on the grid and the others its change.
    plane_sums: DVector<f64>,
    pub(crate) stars: Vec<Star>,
    variance: Variance,
    adjust_radius_px: f64,
    /// Mean profile that fixes the weights, with the fluxes that the stars had then.
    profile: Vec<f32>,
}

/// Sums over stars for each sample of the grid.
struct Sums {
    /// `[term][sample]`.
    right: Vec<f64>,
    /// `[pair of terms][sample]`; empty where the normal equations of before still hold.
    normal: Vec<f64>,
}

/// Factorised normal equations of each sample; `None` where they are singular.
type Factors = Vec<Option<Cholesky<f64, Dyn>>>;

impl Building {
    pub(crate) fn start(
        image: &PsfImage<'_>,
        candidates: &[PsfCandidate],
        (selection, light, widths): (&Selection, &[f64], &Widths),
        (degree, diameter_px): (usize, f64),
        params: &PsfParams,
    ) -> Result<Self, PsfError> {
        let step_px = if params.sampling_px > 0.0 {
            params.sampling_px
        } else {
            (diameter_px / STEPS_A_DIAMETER).clamp(STEP_RANGE_PX.0, STEP_RANGE_PX.1)
        };
        let chosen: Vec<PixelPos> = selection.stars.iter().map(|&k| candidates[k].position).collect();
        let basis = Basis::new(degree, &chosen, widths)?;
        let planes = first_guess(diameter_px, step_px, params.size_samples, basis.whole().n_terms());
        let model = PsfModel::from_planes(planes, step_px, diameter_px, *basis.whole())?;
        let share = |place: &PixelPos| {
            light_on_grid(
                if widths.is_constant() { diameter_px } else { widths.at(*place) },
                step_px,
                params.size_samples,
            )
        };
        let plane_sums = basis.fit(&chosen, share).ok_or(PsfError::Degenerate("its stars lie on a line"))?;
        let positions: Vec<PixelPos> = candidates.iter().map(|candidate| candidate.position).collect();
        let lit = Lit::new(&positions, light);
        let grid_px = params.size_samples as f64 * step_px;
        let stars: Vec<Star> = selection
            .stars
            .par_iter()
            .map(|&k| {
                let mut covered = Vec::new();
                lit.reaching(positions[k], grid_px, |other, _| {
                    if other != k && light[other] > 0.0 {
                        covered.push((positions[other], light[other]));
                    }
                });
                let star = (k, positions[k], candidates[k].flux_adu);
                Star::cut(image, &model, star, &covered, params.excluded_mask_bits)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .collect();
        let variance = Variance { per_adu: image.variance_per_adu(), accuracy: params.accuracy };
        let adjust_radius_px = ADJUST_RADIUS_DIAMETERS * diameter_px;
        let mut building = Self { model, basis, plane_sums, stars, variance, adjust_radius_px, profile: Vec::new() };
        building.fix_weights();
        Ok(building)
    }

    pub(crate) fn run(&mut self, candidates: &[PsfCandidate], params: &PsfParams) -> Result<(), PsfError> {
        let mut factors = None;
        for iteration in 0..ITERATIONS {
            self.adjust_stars();
            self.keep_mean_position(candidates);
            let sums = self.residuals(factors.is_none());
            let known = factors.get_or_insert_with(|| sums.factors(self.basis.n_terms()));
            self.correct(&sums, known)?;
            if iteration == 0 {
                // Now there is a profile; the one before was a guess.
                self.fix_weights();
                factors = None;
            }
            if REJECTING.contains(&iteration) {
                self.reject_outliers(candidates, params);
                factors = None;
            }
            if self.stars.len() < MIN_STARS[self.basis.degree()] {
                return Ok(());
            }
        }
        self.adjust_stars();
        self.judge_halo()
    }

    fn adjust_stars(&mut self) {
        let (model, variance, radius_px) = (&self.model, self.variance, self.adjust_radius_px);
        self.stars.par_chunks_mut(STARS_A_TASK).for_each(|stars| {
            let mut space = Workspace::new(model);
            stars.iter_mut().for_each(|star| star.adjust(model, variance, radius_px, &mut space));
        });
    }

    /// Removes from the shifts of the stars what is a polynomial of the place: that is the model's to explain.
    fn keep_mean_position(&mut self, candidates: &[PsfCandidate]) {
        let n_terms = self.basis.n_terms();
        let mut normal = DMatrix::<f64>::zeros(n_terms, n_terms);
        let mut right = DMatrix::<f64>::zeros(n_terms, 2);
        let mut terms = Vec::with_capacity(self.stars.len());
        for star in &self.stars {
            let given = candidates[star.candidate].position;
            let basis = DVector::from_vec(self.basis.terms(given));
            let (dx, dy) = (star.position.x_px - given.x_px, star.position.y_px - given.y_px);
            let error_px = self.model.half_light_diameter_px() * star.sigma_adu / star.flux_adu;
            let weight = 1.0 / (error_px * error_px + 4e-4);
            normal.ger(weight, &basis, &basis, 1.0);
            right.ger(weight, &basis, &DVector::from_vec(vec![dx, dy]), 1.0);
            terms.push(basis);
        }
        let Some(factor) = normal.cholesky() else { return };
        let common = factor.solve(&right);
        for (star, basis) in self.stars.iter_mut().zip(&terms) {
            let shift = common.tr_mul(basis);
            star.position.x_px -= shift[0];
            star.position.y_px -= shift[1];
        }
    }

    /// Weights of the samples of a star: inverse variances in units of its flux.
    fn weigh(&self, star: &Star, weights: &mut [f64]) {
        let flux = star.weight_flux_adu;
        for (weight, profile) in weights.iter_mut().zip(&self.profile) {
            *weight = flux * flux / self.variance.of(star.sigma_adu, flux * f64::from(*profile));
        }
    }

    fn fix_weights(&mut self) {
        self.stars.iter_mut().for_each(|star| star.weight_flux_adu = star.flux_adu);
        self.profile = self.model.planes().index_axis(ndarray::Axis(0), 0).iter().copied().collect();
    }

    fn residuals(&mut self, with_normal: bool) -> Sums {
        let mut stars = std::mem::take(&mut self.stars);
        let this = &*self;
        let n_samples = this.profile.len();
        let n_terms = this.basis.n_terms();
        let n_pairs = if with_normal { n_terms * (n_terms + 1) / 2 } else { 0 };
        let empty = || Sums { right: vec![0.0; n_terms * n_samples], normal: vec![0.0; n_pairs * n_samples] };
        let parts: Vec<Sums> = stars
            .par_chunks_mut(STARS_A_TASK)
            .map(|stars| {
                let mut space = Workspace::new(&this.model);
                let (mut sums, mut weights) = (empty(), vec![0.0; n_samples]);
                for star in stars {
                    star.residual(&this.model, this.variance, &mut space);
                    this.weigh(star, &mut weights);
                    sums.add(&this.basis.terms(star.position), &weights, &space.gridded.value);
                }
                sums
            })
            .collect();
        self.stars = stars;
        let mut total = empty();
        for part in &parts {
            total.right.iter_mut().zip(&part.right).for_each(|(sum, value)| *sum += value);
            total.normal.iter_mut().zip(&part.normal).for_each(|(sum, value)| *sum += value);
        }
        total
    }

    /// Solves for the correction of each sample and brings the sum of the PSF to what it holds of the light at every place.
    fn correct(&mut self, sums: &Sums, factors: &Factors) -> Result<(), PsfError> {
        let n_terms = self.basis.n_terms();
        let mut planes = self.model.planes().to_owned();
        let (_, _, width) = planes.dim();
        let n_samples = self.profile.len();
        for (sample, factor) in factors.iter().enumerate() {
            let Some(factor) = factor else { continue };
            let mut change = DVector::from_fn(n_terms, |term, _| sums.right[term * n_samples + sample]);
            factor.solve_mut(&mut change);
            for (term, change) in self.basis.expand(&change).iter().enumerate() {
                planes[(term, sample / width, sample % width)] += *change as f32;
            }
        }
        self.model = self.model.with_planes(self.normalised(planes)?);
        Ok(())
    }

    /// The planes with the sums that the light on the grid asks for.
    fn normalised(&self, mut planes: Array3<f32>) -> Result<Array3<f32>, PsfError> {
        let area = self.model.step_px() * self.model.step_px();
        let sum_of = |plane: ndarray::ArrayView2<'_, f32>| area * plane.iter().map(|&v| f64::from(v)).sum::<f64>();
        let total = sum_of(planes.index_axis(ndarray::Axis(0), 0));
        if !(total > 0.0 && planes.iter().all(|value| value.is_finite())) {
            return Err(PsfError::Degenerate("its sum is not positive"));
        }
        let light = self.plane_sums[0];
        planes.mapv_inplace(|value| (f64::from(value) * light / total) as f32);
        let constant = planes.index_axis(ndarray::Axis(0), 0).to_owned();
        for term in 1..planes.dim().0 {
            let mut plane = planes.index_axis_mut(ndarray::Axis(0), term);
            let excess = ((sum_of(plane.view()) - self.plane_sums[term]) / light) as f32;
            plane.zip_mut_with(&constant, |value, mean| *value -= excess * mean);
        }
        Ok(planes)
    }

    /// The light in the outer ring of the grid in units of what a Moffat profile has there, and its error.
    ///
    /// Both come from the mean of all stars, weighted with the inverse variance of their pixels: a halo that the ring does not
    /// show is none that anybody could know of.
    fn halo(&mut self) -> (f64, f64) {
        self.fix_weights();
        let mut stars = std::mem::take(&mut self.stars);
        let this = &*self;
        let n_samples = this.profile.len();
        let parts: Vec<(Vec<f64>, Vec<f64>)> = stars
            .par_chunks_mut(STARS_A_TASK)
            .map(|stars| {
                let mut space = Workspace::new(&this.model);
                let (mut weights, mut total, mut light) =
                    (vec![0.0; n_samples], vec![0.0; n_samples], vec![0.0; n_samples]);
                for star in stars {
                    star.residual(&this.model, this.variance, &mut space);
                    this.weigh(star, &mut weights);
                    for sample in 0..n_samples {
                        total[sample] += weights[sample];
                        light[sample] += weights[sample] * f64::from(space.gridded.value[sample]);
                    }
                }
                (total, light)
            })
            .collect();
        self.stars = stars;
        let (_, height, width) = self.model.planes().dim();
        let step_px = self.model.step_px();
        let scale_px = moffat_scale_px(self.model.half_light_diameter_px());
        let expected = moffat_on_grid(scale_px, step_px, width);
        let norm = 2.0 / (std::f64::consts::PI * scale_px * scale_px);
        let outer_px = 0.5 * width.min(height) as f64 * step_px;
        let (mut weighted, mut information) = (0.0, 0.0);
        for sample in 0..n_samples {
            let offset = |index: usize, size: usize| (index as f64 - (size / 2) as f64) * step_px;
            let radius_px = offset(sample % width, width).hypot(offset(sample / width, height));
            if !(HALO_RING * outer_px..outer_px).contains(&radius_px) {
                continue;
            }
            let (mut total, mut residual) = (0.0, 0.0);
            for (part_total, part_light) in &parts {
                total += part_total[sample];
                residual += part_light[sample];
            }
            let expected = norm * expected[sample];
            weighted += expected * (total * f64::from(self.profile[sample]) + residual);
            information += expected * expected * total;
        }
        if information <= 0.0 {
            return (0.0, f64::INFINITY);
        }
        // Samples closer than a pixel are not independent: a pixel holds 1 / step^2 of them.
        let samples_a_pixel = (1.0 / (step_px * step_px)).max(1.0);
        (weighted / information, (samples_a_pixel / information).sqrt())
    }

    /// Takes the light beyond the grid as that which the ring shows; a halo within its error is none.
    fn judge_halo(&mut self) -> Result<(), PsfError> {
        let (halo, error) = self.halo();
        // Light beyond the grid is what the profile has there, or the part of it that the ring shows; more than the profile's
        // is not taken from so small a ring.
        let part = if halo > HALO_SIGMA * error { halo.min(1.0) } else { 0.0 };
        if part >= 1.0 {
            return Ok(());
        }
        self.plane_sums *= part;
        self.plane_sums[0] += 1.0 - part;
        self.model = self.model.with_planes(self.normalised(self.model.planes().to_owned())?);
        self.adjust_stars();
        Ok(())
    }

    fn reject_outliers(&mut self, candidates: &[PsfCandidate], params: &PsfParams) {
        let mut chi2: Vec<f64> =
            self.stars.iter().map(|star| star.reduced_chi2).filter(|value| value.is_finite()).collect();
        let Some(middle) = median(&mut chi2) else {
            self.stars.clear();
            return;
        };
        chi2.iter_mut().for_each(|value| *value = (*value - middle).abs());
        let sigma = MAD_TO_SIGMA * median(&mut chi2).unwrap_or(0.0);
        let limit = (middle + params.chi2_clip_sigma * sigma).max(TOLERATED_CHI2 * middle);
        self.stars.retain(|star| {
            let given = candidates[star.candidate].position;
            let (dx, dy) = (star.position.x_px - given.x_px, star.position.y_px - given.y_px);
            star.reduced_chi2 <= limit && dx * dx + dy * dy <= MAX_SHIFT_PX * MAX_SHIFT_PX
        });
    }

    /// Largest mean residual on the grid as a fraction of the peak: of all stars, and of those in each ninth of the image
    /// that holds enough of them.
    pub(crate) fn residual_peak_fraction(&mut self, image: &PsfImage<'_>) -> Result<f64, PsfError> {
        self.fix_weights();
        let mut stars = std::mem::take(&mut self.stars);
        let this = &*self;
        let n_samples = this.profile.len();
        let cell = |value: f64, size: usize| ((3.0 * value / size as f64).max(0.0) as usize).min(2);
        let empty = || vec![(0_usize, vec![0.0; n_samples], vec![0.0; n_samples]); WHOLE_IMAGE + 1];
        let parts: Vec<_> = stars
            .par_chunks_mut(PEAK_STARS_A_TASK)
            .map(|stars| {
                let mut space = Workspace::new(&this.model);
                let (mut sums, mut weights) = (empty(), vec![0.0; n_samples]);
                for star in stars {
                    star.residual(&this.model, this.variance, &mut space);
                    this.weigh(star, &mut weights);
                    let part = 3 * cell(star.position.y_px, image.height()) + cell(star.position.x_px, image.width());
                    let (count, total, residual) = &mut sums[part];
                    *count += 1;
                    for sample in 0..n_samples {
                        total[sample] += weights[sample];
                        residual[sample] += weights[sample] * f64::from(space.gridded.value[sample]);
                    }
                }
                sums
            })
            .collect();
        self.stars = stars;
        let mut sums = empty();
        for (part, (count, total, residual)) in parts.iter().flat_map(|part| part.iter().enumerate()) {
            for group in [part, WHOLE_IMAGE] {
                sums[group].0 += count;
                sums[group].1.iter_mut().zip(total).for_each(|(sum, value)| *sum += value);
                sums[group].2.iter_mut().zip(residual).for_each(|(sum, value)| *sum += value);
            }
        }
        let peak = f64::from(self.profile.iter().copied().fold(0.0, f32::max));
        if peak <= 0.0 {
            return Err(PsfError::Degenerate("it has no positive sample"));
        }
        let largest = sums
            .iter()
            .enumerate()
            .filter(|(group, sum)| *group == WHOLE_IMAGE || sum.0 >= MIN_STARS[2])
            .flat_map(|(_, (_, weights, residuals))| residuals.iter().zip(weights).map(|(r, w)| (r / w).abs()))
            .fold(0.0, f64::max);
        Ok(largest / peak)
    }
}

impl Sums {
    fn factors(&self, n_terms: usize) -> Factors {
        let n_samples = self.right.len() / n_terms;
        let factor = |sample: usize| {
            let entry = |a: usize, b: usize| {
                let (low, high) = (a.min(b), a.max(b));
                self.normal[(high * (high + 1) / 2 + low) * n_samples + sample]
            };
            DMatrix::from_fn(n_terms, n_terms, entry).cholesky()
        };
        (0..n_samples).map(factor).collect()
    }

    fn add(&mut self, terms: &[f64], weights: &[f64], residuals: &[f32]) {
        let (n, with_normal) = (weights.len(), !self.normal.is_empty());
        for (a, term) in terms.iter().enumerate() {
            let right = &mut self.right[a * n..(a + 1) * n];
            for ((sum, weight), residual) in right.iter_mut().zip(weights).zip(residuals) {
                *sum += term * weight * f64::from(*residual);
            }
            for (b, other) in terms[..if with_normal { a + 1 } else { 0 }].iter().enumerate() {
                let (pair, product) = (a * (a + 1) / 2 + b, term * other);
                let normal = &mut self.normal[pair * n..(pair + 1) * n];
                normal.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += product * weight);
            }
        }
    }
}

/// Share of the light of a round Moffat profile (beta 3) of that half-light diameter that falls on the grid.
fn light_on_grid(diameter_px: f64, step_px: f64, side: usize) -> f64 {
    let scale_px = moffat_scale_px(diameter_px);
    moffat_on_grid(scale_px, step_px, side).iter().sum::<f64>() * 2.0 * step_px * step_px
        / (std::f64::consts::PI * scale_px * scale_px)
}

/// The profile of a peak of one, row by row.
fn moffat_on_grid(scale_px: f64, step_px: f64, side: usize) -> Vec<f64> {
    let offset = |index: usize| (index as f64 - (side / 2) as f64) * step_px / scale_px;
    let value = |k: usize| {
        let (dx, dy) = (offset(k % side), offset(k / side));
        let base = 1.0 + (dx * dx + dy * dy);
        1.0 / (base * base * base)
    };
    (0..side * side).map(value).collect()
}

/// A round Moffat profile (beta 3) of that half-light diameter on the grid, with a sum of one.
fn first_guess(diameter_px: f64, step_px: f64, side: usize, n_terms: usize) -> Array3<f32> {
    let profile = moffat_on_grid(moffat_scale_px(diameter_px), step_px, side);
    let total = profile.iter().sum::<f64>() * step_px * step_px;
    let mut planes = Array3::<f32>::zeros((n_terms, side, side));
    planes.iter_mut().zip(&profile).for_each(|(sample, value)| *sample = (value / total) as f32);
    planes
}

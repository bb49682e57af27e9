//! The fit of one group of sources.

use nalgebra::{DMatrix, DVector};
use sky_catalog::PsfMeasurement;
use sky_coords::PixelPos;

use super::correlated::Correlated;
use super::member::Member;
use super::pixels::{GroupPixels, View, for_each_near};
use super::spread::SpreadSums;
use super::{FitParams, fit_flags};
use crate::neighbours::Neighbours;
use crate::star::Variance;
use crate::{LocalPsf, PsfImage, PsfModel, Rendering};

/// A step below this ends the iteration: the next one is of the order of its square, pixels.
const CONVERGED_PX: f64 = 0.01;
/// Farthest a source moves in one step, pixels.
const MAX_STEP_PX: f64 = 0.5;
/// Good pixels that a source needs: twice its three parameters.
const MIN_PIXELS: usize = 6;

/// What all fits of an image share.
pub(crate) struct Scene<'a, 'i> {
    pub(crate) image: &'a PsfImage<'i>,
    pub(crate) model: &'a PsfModel,
    pub(crate) extended: &'a PsfModel,
    pub(crate) params: &'a FitParams,
    pub(crate) variance: Variance,
    pub(crate) correlated: Option<Correlated>,
    pub(crate) fit_radius_px: f64,
    pub(crate) spread_radius_px: f64,
    pub(crate) max_shift_px: f64,
    pub(crate) positions: &'a [PixelPos],
    pub(crate) neighbours: &'a Neighbours<'a>,
    pub(crate) group_of: &'a [usize],
}

/// Which numbers a fit solves for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unknowns {
    Fluxes,
    /// Flux, x and y of each member.
    FluxesAndPositions,
}

/// Fits groups, one after another, in buffers of its own.
pub(crate) struct Fitter<'a, 'i> {
    scene: &'a Scene<'a, 'i>,
    members: Vec<Member>,
    /// Number of members in use; buffers of the others wait.
    n: usize,
    pixels: GroupPixels,
    other: LocalPsf,
    scratch: Rendering,
}

/// A measurement without numbers.
pub(crate) fn unmeasured(position: PixelPos, flags: u16) -> PsfMeasurement {
    PsfMeasurement {
        x_px: position.x_px,
        y_px: position.y_px,
        x_err_px: f64::NAN,
        y_err_px: f64::NAN,
        flux_adu: f64::NAN,
        flux_err_adu: f64::NAN,
        reduced_chi2: f64::NAN,
        spread_model: f64::NAN,
        spread_model_err: f64::NAN,
        flags,
    }
}

impl<'a, 'i> Fitter<'a, 'i> {
    pub(crate) fn new(scene: &'a Scene<'a, 'i>) -> Self {
        let (_, height, width) = scene.model.planes().dim();
        Self {
            scene,
            members: Vec::new(),
            n: 0,
            pixels: GroupPixels::empty(),
            other: LocalPsf::empty(width, height, scene.model.step_px()),
            scratch: Rendering::default(),
        }
    }

    /// Fluxes at the given positions by linear least squares; the guess where the pixels do not determine one.
    pub(crate) fn fluxes(&mut self, group: &[usize], guesses: &[f64]) -> Vec<f64> {
        self.load(group, guesses, false);
        self.render();
        let (normal, right) = self.normal_equations(Unknowns::Fluxes, View::Plain);
        match normal.cholesky().map(|factor| factor.solve(&right)) {
            Some(step) => (0..self.n).map(|k| (self.members[k].flux_adu + step[k]).max(0.0)).collect(),
            None => group.iter().map(|&index| guesses[index]).collect(),
        }
    }

    /// Positions, fluxes and SPREAD_MODEL of a group, with the light of all others subtracted.
    pub(crate) fn measure(&mut self, group: &[usize], fluxes: &[f64]) -> Vec<PsfMeasurement> {
        self.load(group, fluxes, true);
        let view = self.pixels.view;
        let mut converged = false;
        for _ in 0..self.scene.params.max_iterations {
            self.render();
            let (normal, right) = self.normal_equations(Unknowns::FluxesAndPositions, view);
            let Some(step) = damped(normal).cholesky().map(|factor| factor.solve(&right)) else { break };
            let largest_px = self.advance(&step);
            if largest_px < CONVERGED_PX {
                converged = true;
                break;
            }
        }
        self.render();
        let (normal, right) = self.normal_equations(Unknowns::FluxesAndPositions, view);
        let covariance = damped(normal).cholesky().map(|factor| factor.inverse());
        if !converged || covariance.is_none() || right.iter().any(|value| !value.is_finite()) {
            self.members[..self.n].iter_mut().for_each(|member| member.flags |= fit_flags::NOT_CONVERGED);
        }
        let (light, seen) = (self.light(View::Plain), self.light(view));
        let chi2: Vec<f64> = (0..self.n).map(|k| self.reduced_chi2(k, &light, &seen)).collect();
        let flux_covariance = match view {
            View::Plain => covariance.clone(),
            View::Filtered => self.settle_fluxes(),
        };
        let light = self.light(View::Plain);
        let covariances = (covariance.as_ref(), flux_covariance.as_ref());
        (0..self.n).map(|k| self.finish(k, chi2[k], &light, covariances)).collect()
    }

    /// Takes the fluxes of the plain pixels at the present positions; the covariance of fluxes and positions there.
    fn settle_fluxes(&mut self) -> Option<DMatrix<f64>> {
        let (normal, right) = self.normal_equations(Unknowns::Fluxes, View::Plain);
        if let Some(step) = damped(normal).cholesky().map(|factor| factor.solve(&right)) {
            self.members[..self.n].iter_mut().zip(step.iter()).for_each(|(member, step)| member.flux_adu += step);
        }
        let (normal, _) = self.normal_equations(Unknowns::FluxesAndPositions, View::Plain);
        damped(normal).cholesky().map(|factor| factor.inverse())
    }

    /// Brings a group and its pixels into the buffers.
    fn load(&mut self, group: &[usize], fluxes: &[f64], subtract_others: bool) {
        let scene = self.scene;
        self.n = group.len();
        let (_, height, width) = scene.model.planes().dim();
        while self.members.len() < self.n {
            self.members.push(Member::empty(LocalPsf::empty(width, height, scene.model.step_px())));
        }
        let radius_px = scene.fit_radius_px.max(scene.spread_radius_px);
        for (member, &index) in self.members.iter_mut().zip(group) {
            let position = scene.positions[index];
            let sigma = scene.image.sigma_adu(position.x_px, position.y_px);
            scene.model.evaluate(position, &mut member.psf);
            (member.start, member.position, member.flux_adu) = (position, position, fluxes[index]);
            (member.sigma_adu, member.good_pixels, member.flags) = (sigma.unwrap_or(f64::NAN), 0, 0);
        }
        let positions: Vec<PixelPos> = group.iter().map(|&index| scene.positions[index]).collect();
        let filter = scene.correlated.as_ref().map(|correlated| &correlated.filter).filter(|_| subtract_others);
        let bits = scene.params.excluded_mask_bits;
        let view = if filter.is_some() { View::Filtered } else { View::Plain };
        self.pixels.read(scene.image, positions.iter().copied(), radius_px, bits, view);
        if subtract_others {
            self.subtract_others(group, fluxes, radius_px);
        }
        let around = self.pixels.prepare(scene.image, &positions, scene.fit_radius_px, filter);
        for (member, around) in self.members.iter_mut().zip(around) {
            member.good_pixels = around.good_pixels;
            member.flags |= if around.is_at_edge { fit_flags::EDGE } else { 0 };
        }
    }

    /// Takes the light of sources outside the group off its pixels.
    fn subtract_others(&mut self, group: &[usize], fluxes: &[f64], radius_px: f64) {
        let scene = self.scene;
        let own = scene.group_of[group[0]];
        let mut others: Vec<usize> = Vec::new();
        for &index in group {
            scene.neighbours.within(scene.positions[index], radius_px + self.other.radius_px(), |other, _| {
                if scene.group_of[other] != own && fluxes[other] > 0.0 {
                    others.push(other);
                }
            });
        }
        others.sort_unstable();
        others.dedup();
        for other in others {
            scene.model.evaluate(scene.positions[other], &mut self.other);
            self.other.render_value(scene.positions[other], self.pixels.outer, &mut self.scratch);
            self.pixels.subtract(fluxes[other] as f32, &self.scratch.value);
        }
    }

    fn render(&mut self) {
        for member in &mut self.members[..self.n] {
            let (area, outer) = (self.pixels.area, self.pixels.outer);
            member.psf.render(member.position, outer, &mut member.rendering);
            if let Some(correlated) = self.scene.correlated.as_ref().filter(|_| self.pixels.view == View::Filtered) {
                member.filtered.filter(&correlated.filter, &member.rendering, area.width, area.height);
                member.cropped.crop(&member.rendering, outer, area);
            }
        }
    }

    /// Light of the whole group on each fitted pixel, ADU.
    fn light(&self, view: View) -> Vec<f64> {
        let mut light = vec![0.0; self.pixels.area.len()];
        for member in &self.members[..self.n] {
            let [values, ..] = member.planes(view, self.pixels.view);
            for (sum, value) in light.iter_mut().zip(values) {
                *sum += member.flux_adu * f64::from(*value);
            }
        }
        light
    }

    /// Variance of a pixel with `light_adu` on it: photon noise is correlated as the sky's is, errors of the model are not.
    fn variance(&self, view: View, sigma_adu: f64, light_adu: f64) -> f64 {
        let variance = self.scene.variance;
        match self.scene.correlated.as_ref().filter(|_| view == View::Filtered) {
            None => variance.of(sigma_adu, light_adu),
            Some(correlated) => {
                let systematic = variance.accuracy * light_adu;
                Variance { accuracy: 0.0, ..variance }.of(sigma_adu, light_adu)
                    + correlated.filter.white_power * systematic * systematic
            }
        }
    }

    /// Normal equations of a step.
    fn normal_equations(&self, unknowns: Unknowns, view: View) -> (DMatrix<f64>, DVector<f64>) {
        let each = if unknowns == Unknowns::Fluxes { 1 } else { 3 };
        let size = each * self.n;
        let (mut normal, mut right) = (DMatrix::<f64>::zeros(size, size), DVector::<f64>::zeros(size));
        let mut gradient = vec![0.0; size];
        let members = &self.members[..self.n];
        let sigma_adu = members[0].sigma_adu;
        let read = self.pixels.view;
        let planes: Vec<_> = members.iter().map(|m| (m.planes(view, read), m.planes(View::Plain, read)[0])).collect();
        let pixels = self.pixels.of(view);
        for index in (0..pixels.len()).filter(|&index| self.pixels.is_fitted(view, index)) {
            let (mut light, mut seen) = (0.0, 0.0);
            for ((member, ([values, by_x, by_y], shares)), part) in
                members.iter().zip(&planes).zip(gradient.chunks_exact_mut(each))
            {
                let value = f64::from(values[index]);
                light += member.flux_adu * f64::from(shares[index]);
                seen += member.flux_adu * value;
                part[0] = value;
                if each == 3 {
                    part[1] = member.flux_adu * f64::from(by_x[index]);
                    part[2] = member.flux_adu * f64::from(by_y[index]);
                }
            }
            let weight = 1.0 / self.variance(view, sigma_adu, light);
            let difference = weight * (f64::from(pixels[index]) - seen);
            for (a, slope) in gradient.iter().enumerate() {
                right[a] += slope * difference;
                let weighted = weight * slope;
                for (b, other) in gradient[..=a].iter().enumerate() {
                    normal[(a, b)] += weighted * other;
                }
            }
        }
        (normal, right)
    }

    /// Takes a step and returns how far the farthest member moved, pixels.
    fn advance(&mut self, step: &DVector<f64>) -> f64 {
        let limit_px = self.scene.max_shift_px;
        let mut largest_px = 0.0_f64;
        for (k, member) in self.members[..self.n].iter_mut().enumerate() {
            let (flux, dx, dy) = (step[3 * k], step[3 * k + 1], step[3 * k + 2]);
            member.flux_adu += flux;
            let before = member.position;
            let moved = PixelPos::new(
                before.x_px + dx.clamp(-MAX_STEP_PX, MAX_STEP_PX),
                before.y_px + dy.clamp(-MAX_STEP_PX, MAX_STEP_PX),
            );
            let kept = PixelPos::new(
                moved.x_px.clamp(member.start.x_px - limit_px, member.start.x_px + limit_px),
                moved.y_px.clamp(member.start.y_px - limit_px, member.start.y_px + limit_px),
            );
            member.flags &= !fit_flags::MOVED;
            member.flags |= if kept == moved { 0 } else { fit_flags::MOVED };
            member.position = kept;
            largest_px = largest_px.max((kept.x_px - before.x_px).abs()).max((kept.y_px - before.y_px).abs());
        }
        largest_px
    }

    /// Chi-square of the pixels around a member, as the fit sees them, over the degrees of freedom. `light` and `seen`: that of
    /// the whole group as it is, and as the fit sees it, ADU.
    fn reduced_chi2(&self, k: usize, light: &[f64], seen: &[f64]) -> f64 {
        let (member, view, area) = (&self.members[k], self.pixels.view, self.pixels.area);
        let pixels = self.pixels.of(view);
        let (mut chi2, mut n_pixels) = (0.0, 0_usize);
        for_each_near(area, member.position, self.scene.fit_radius_px, |index| {
            if self.pixels.is_fitted(view, index) {
                let residual = f64::from(pixels[index]) - seen[index];
                chi2 += residual * residual / self.variance(view, member.sigma_adu, light[index]);
                n_pixels += 1;
            }
        });
        chi2 / (n_pixels.max(4) - 3) as f64
    }

    /// `light`: that of the whole group, ADU. `covariances`: of the fit of positions, and of that of fluxes.
    fn finish(
        &mut self,
        k: usize,
        reduced_chi2: f64,
        light: &[f64],
        covariances: (Option<&DMatrix<f64>>, Option<&DMatrix<f64>>),
    ) -> PsfMeasurement {
        let scene = self.scene;
        let member = &self.members[k];
        let (position, flux_adu) = (member.position, member.flux_adu);
        let numbers = [flux_adu, position.x_px, position.y_px, member.sigma_adu];
        if member.good_pixels < MIN_PIXELS || numbers.iter().any(|value| !value.is_finite()) {
            return unmeasured(member.start, member.flags | fit_flags::FEW_PIXELS);
        }
        let area = self.pixels.area;
        scene.extended.evaluate(member.start, &mut self.other);
        self.other.render_value(position, area, &mut self.scratch);
        let [shares, ..] = member.planes(View::Plain, self.pixels.view);
        let white = Variance { accuracy: 0.0, ..scene.variance };
        let pixels = self.pixels.of(View::Plain);
        let mut spread = SpreadSums::default();
        for_each_near(area, position, scene.spread_radius_px, |index| {
            if !pixels[index].is_nan() {
                let point = f64::from(shares[index]);
                let own = f64::from(pixels[index]) - light[index] + flux_adu * point;
                let noise = white.of(member.sigma_adu, light[index]);
                spread.add(own, point, f64::from(self.scratch.value[index]), noise);
            }
        });
        let (spread_model, spread_model_err) = spread.spread();
        let error = |covariance: Option<&DMatrix<f64>>, row: usize| {
            covariance.map_or(f64::NAN, |c| c[(row, row)].max(0.0).sqrt())
        };
        let (position_factor, flux_factor) = match (&scene.correlated, self.pixels.view) {
            (None, _) => (1.0, 1.0),
            (Some(correlated), View::Plain) => (correlated.plain_position_factor, correlated.flux_factor),
            (Some(correlated), View::Filtered) => (correlated.position_factor, correlated.flux_factor),
        };
        PsfMeasurement {
            x_px: position.x_px,
            y_px: position.y_px,
            x_err_px: position_factor * error(covariances.0, 3 * k + 1),
            y_err_px: position_factor * error(covariances.0, 3 * k + 2),
            flux_adu,
            flux_err_adu: flux_factor * error(covariances.1, 3 * k),
            reduced_chi2,
            spread_model,
            spread_model_err,
            flags: member.flags,
        }
    }
}

/// Keeps the position of a source without flux where it is: its rows are zero otherwise.
fn damped(mut normal: DMatrix<f64>) -> DMatrix<f64> {
    for k in 0..normal.nrows() {
        if normal[(k, k)] <= 0.0 {
            normal[(k, k)] = 1.0;
        }
    }
    normal
}

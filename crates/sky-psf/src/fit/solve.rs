//! The fit of one group of sources.

use nalgebra::{DMatrix, DVector};
use sky_catalog::PsfMeasurement;
use sky_coords::PixelPos;

use super::spread::SpreadSums;
use super::{FitParams, fit_flags};
use crate::neighbours::Neighbours;
use crate::star::Variance;
use crate::{LocalPsf, PixelBox, PsfImage, PsfModel, Rendering};

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
    pub(crate) fit_radius_px: f64,
    pub(crate) spread_radius_px: f64,
    pub(crate) max_shift_px: f64,
    pub(crate) positions: &'a [PixelPos],
    pub(crate) neighbours: &'a Neighbours<'a>,
    pub(crate) group_of: &'a [usize],
}

/// One source of the group.
struct Member {
    start: PixelPos,
    position: PixelPos,
    flux_adu: f64,
    sigma_adu: f64,
    psf: LocalPsf,
    rendering: Rendering,
    good_pixels: usize,
    flags: u16,
}

/// Fits groups, one after another, in buffers of its own.
pub(crate) struct Fitter<'a, 'i> {
    scene: &'a Scene<'a, 'i>,
    members: Vec<Member>,
    /// Number of members in use; buffers of the others wait.
    n: usize,
    area: PixelBox,
    /// Pixels without the light of sources outside the group; NaN where they are not used.
    pixels: Vec<f32>,
    /// Whether the pixel lies within the fit radius of a member.
    fitted: Vec<bool>,
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
            area: PixelBox::default(),
            pixels: Vec::new(),
            fitted: Vec::new(),
            other: LocalPsf::empty(width, height, scene.model.step_px()),
            scratch: Rendering::default(),
        }
    }

    /// Fluxes at the given positions by linear least squares; the guess where the pixels do not determine one.
    pub(crate) fn fluxes(&mut self, group: &[usize], guesses: &[f64]) -> Vec<f64> {
        self.load(group, guesses, false);
        self.render();
        let (normal, right) = self.normal_equations(1);
        match normal.cholesky().map(|factor| factor.solve(&right)) {
            Some(step) => (0..self.n).map(|k| (self.members[k].flux_adu + step[k]).max(0.0)).collect(),
            None => group.iter().map(|&index| guesses[index]).collect(),
        }
    }

    /// Positions, fluxes and SPREAD_MODEL of a group, with the light of all others subtracted.
    pub(crate) fn measure(&mut self, group: &[usize], fluxes: &[f64]) -> Vec<PsfMeasurement> {
        self.load(group, fluxes, true);
        let mut converged = false;
        for _ in 0..self.scene.params.max_iterations {
            self.render();
            let (normal, right) = self.normal_equations(3);
            let Some(step) = damped(normal).cholesky().map(|factor| factor.solve(&right)) else { break };
            let largest_px = self.advance(&step);
            if largest_px < CONVERGED_PX {
                converged = true;
                break;
            }
        }
        self.render();
        let (normal, right) = self.normal_equations(3);
        let covariance = damped(normal).cholesky().map(|factor| factor.inverse());
        if !converged || covariance.is_none() || right.iter().any(|value| !value.is_finite()) {
            self.members[..self.n].iter_mut().for_each(|member| member.flags |= fit_flags::NOT_CONVERGED);
        }
        let total = self.total();
        (0..self.n).map(|k| self.finish(k, &total, covariance.as_ref())).collect()
    }

    /// Brings a group and its pixels into the buffers.
    fn load(&mut self, group: &[usize], fluxes: &[f64], subtract_others: bool) {
        let scene = self.scene;
        self.n = group.len();
        let (_, height, width) = scene.model.planes().dim();
        while self.members.len() < self.n {
            let origin = PixelPos::new(0.0, 0.0);
            self.members.push(Member {
                start: origin,
                position: origin,
                flux_adu: 0.0,
                sigma_adu: 0.0,
                psf: LocalPsf::empty(width, height, scene.model.step_px()),
                rendering: Rendering::default(),
                good_pixels: 0,
                flags: 0,
            });
        }
        let radius_px = scene.fit_radius_px.max(scene.spread_radius_px);
        let first = PixelBox::around(scene.positions[group[0]], radius_px);
        self.area = group.iter().fold(first, |area, &k| area.union(PixelBox::around(scene.positions[k], radius_px)));
        for (member, &index) in self.members.iter_mut().zip(group) {
            let position = scene.positions[index];
            let sigma = scene.image.sigma_adu(position.x_px, position.y_px);
            scene.model.evaluate(position, &mut member.psf);
            (member.start, member.position, member.flux_adu) = (position, position, fluxes[index]);
            (member.sigma_adu, member.good_pixels, member.flags) = (sigma.unwrap_or(f64::NAN), 0, 0);
        }
        self.pixels.clear();
        self.fitted.clear();
        for y in 0..self.area.height as i64 {
            for x in 0..self.area.width as i64 {
                let (column, row) = (self.area.x_px + x, self.area.y_px + y);
                let value = scene.image.pixel(column, row, scene.params.excluded_mask_bits);
                let outside =
                    column < 0 || row < 0 || column >= scene.image.width() as i64 || row >= scene.image.height() as i64;
                let mut near = false;
                for member in &mut self.members[..self.n] {
                    let (dx, dy) = (column as f64 - member.start.x_px, row as f64 - member.start.y_px);
                    if dx * dx + dy * dy <= scene.fit_radius_px * scene.fit_radius_px {
                        near = true;
                        member.good_pixels += usize::from(value.is_some());
                        member.flags |= if outside { fit_flags::EDGE } else { 0 };
                    }
                }
                self.pixels.push(value.unwrap_or(f32::NAN));
                self.fitted.push(near && value.is_some());
            }
        }
        if subtract_others {
            self.subtract_others(group, fluxes, radius_px);
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
            self.other.render_value(scene.positions[other], self.area, &mut self.scratch);
            let flux = fluxes[other] as f32;
            self.pixels.iter_mut().zip(&self.scratch.value).for_each(|(pixel, value)| *pixel -= flux * value);
        }
    }

    fn render(&mut self) {
        for member in &mut self.members[..self.n] {
            member.psf.render(member.position, self.area, &mut member.rendering);
        }
    }

    /// Light of the whole group on each pixel, ADU.
    fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.area.len()];
        for member in &self.members[..self.n] {
            for (sum, value) in total.iter_mut().zip(&member.rendering.value) {
                *sum += member.flux_adu * f64::from(*value);
            }
        }
        total
    }

    /// Normal equations of a step in the fluxes (1) or in fluxes and positions (3 a member: flux, x, y).
    fn normal_equations(&self, each: usize) -> (DMatrix<f64>, DVector<f64>) {
        let size = each * self.n;
        let (mut normal, mut right) = (DMatrix::<f64>::zeros(size, size), DVector::<f64>::zeros(size));
        let mut gradient = vec![0.0; size];
        let sigma_adu = self.members[0].sigma_adu;
        for index in (0..self.pixels.len()).filter(|&index| self.fitted[index]) {
            let mut light = 0.0;
            for (member, part) in self.members.iter().zip(gradient.chunks_exact_mut(each)) {
                let value = f64::from(member.rendering.value[index]);
                light += member.flux_adu * value;
                part[0] = value;
                if each == 3 {
                    part[1] = member.flux_adu * f64::from(member.rendering.by_x[index]);
                    part[2] = member.flux_adu * f64::from(member.rendering.by_y[index]);
                }
            }
            let weight = 1.0 / self.scene.variance.of(sigma_adu, light);
            let difference = weight * (f64::from(self.pixels[index]) - light);
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

    fn finish(&mut self, k: usize, total: &[f64], covariance: Option<&DMatrix<f64>>) -> PsfMeasurement {
        let scene = self.scene;
        let member = &self.members[k];
        let (position, flux_adu) = (member.position, member.flux_adu);
        let numbers = [flux_adu, position.x_px, position.y_px, member.sigma_adu];
        if member.good_pixels < MIN_PIXELS || numbers.iter().any(|value| !value.is_finite()) {
            return unmeasured(member.start, member.flags | fit_flags::FEW_PIXELS);
        }
        scene.extended.evaluate(member.start, &mut self.other);
        self.other.render_value(position, self.area, &mut self.scratch);
        let (mut chi2, mut spread) = (0.0, SpreadSums::default());
        let (fit2, spread2) =
            (scene.fit_radius_px * scene.fit_radius_px, scene.spread_radius_px * scene.spread_radius_px);
        let white = Variance { accuracy: 0.0, ..scene.variance };
        let near = PixelBox::around(position, scene.fit_radius_px.max(scene.spread_radius_px)).intersection(self.area);
        for y in near.y_px..near.y_px + near.height as i64 {
            let dy = y as f64 - position.y_px;
            let start = (y - self.area.y_px) as usize * self.area.width;
            for x in near.x_px..near.x_px + near.width as i64 {
                let index = start + (x - self.area.x_px) as usize;
                let pixel = self.pixels[index];
                if pixel.is_nan() {
                    continue;
                }
                let dx = x as f64 - position.x_px;
                let (squared, point) = (dx * dx + dy * dy, f64::from(member.rendering.value[index]));
                let residual = f64::from(pixel) - total[index];
                if self.fitted[index] && squared <= fit2 {
                    chi2 += residual * residual / scene.variance.of(member.sigma_adu, total[index]);
                }
                if squared <= spread2 {
                    let noise = white.of(member.sigma_adu, total[index]);
                    spread.add(residual + flux_adu * point, point, f64::from(self.scratch.value[index]), noise);
                }
            }
        }
        let (spread_model, spread_model_err) = spread.spread();
        let error = |row: usize| covariance.map_or(f64::NAN, |c| c[(row, row)].max(0.0).sqrt());
        PsfMeasurement {
            x_px: position.x_px,
            y_px: position.y_px,
            x_err_px: error(3 * k + 1),
            y_err_px: error(3 * k + 2),
            flux_adu,
            flux_err_adu: error(3 * k),
            reduced_chi2: chi2 / (member.good_pixels.max(4) - 3) as f64,
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

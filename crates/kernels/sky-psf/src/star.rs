//! One star of the model: its pixels, its place and flux, and what it says about the model.

use nalgebra::{Matrix3, Vector3};
use sky_coords::PixelPos;

use crate::{LocalPsf, PixelBox, PsfImage, PsfModel, Rendering};

/// Pixels beyond the model's grid that interpolation reads.
const MARGIN_PX: f64 = 4.5;
/// Farthest a star may move in one step, pixels.
const MAX_STEP_PX: f64 = 0.5;

/// Pixels around a star.
#[derive(Clone, Debug)]
pub(crate) struct Star {
    /// Index of its candidate.
    pub(crate) candidate: usize,
    /// Where it is now, 0-based pixels.
    pub(crate) position: PixelPos,
    /// Flux now, ADU of the whole PSF.
    pub(crate) flux_adu: f64,
    /// Flux that its weights are computed with, ADU.
    pub(crate) weight_flux_adu: f64,
    /// Standard deviation of the background, ADU.
    pub(crate) sigma_adu: f64,
    /// Reduced chi-square of the last residual.
    pub(crate) reduced_chi2: f64,
    area: PixelBox,
    /// Pixels of `area` above the background; those that are not used are NaN.
    pixels: Vec<f32>,
}

/// How a sample of a star of unit flux varies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variance {
    /// Photon noise of one ADU of signal, ADU squared.
    pub(crate) per_adu: f64,
    /// Relative accuracy of the model.
    pub(crate) accuracy: f64,
}

/// Buffers of one thread.
pub(crate) struct Workspace {
    local: LocalPsf,
    rendering: Rendering,
    residual: LocalPsf,
    /// Residual of the last star on the model's grid, in units of its flux, row by row.
    pub(crate) gridded: Rendering,
}

impl Variance {
    /// Variance of a pixel with `model_adu` of signal on a background of `sigma_adu`, ADU squared.
    pub(crate) fn of(self, sigma_adu: f64, model_adu: f64) -> f64 {
        let systematic = self.accuracy * model_adu;
        sigma_adu * sigma_adu + self.per_adu * model_adu.max(0.0) + systematic * systematic
    }
}

impl Workspace {
    /// Buffers for a model and the stamps of its stars.
    pub(crate) fn new(model: &PsfModel) -> Self {
        let (_, height, width) = model.planes().dim();
        let local = LocalPsf::empty(width, height, model.step_px());
        let side = 2 * stamp_radius_px(&local) + 1;
        let residual = LocalPsf::empty(side, side, 1.0 / model.step_px());
        Self { local, rendering: Rendering::default(), residual, gridded: Rendering::default() }
    }
}

impl Star {
    /// Cuts out a star; `covered` lists circles (centre, radius in pixels) that are not used. `None` without noise.
    pub(crate) fn cut(
        image: &PsfImage<'_>,
        model: &PsfModel,
        (candidate, position, flux_adu): (usize, PixelPos, f64),
        covered: &[(PixelPos, f64)],
        excluded_bits: u16,
    ) -> Option<Self> {
        let sigma_adu = image.sigma_adu(position.x_px, position.y_px)?;
        let (_, height, width) = model.planes().dim();
        let radius = stamp_radius_px(&LocalPsf::empty(width, height, model.step_px())) as i64;
        let side = 2 * radius as usize + 1;
        let area = PixelBox {
            x_px: position.x_px.round() as i64 - radius,
            y_px: position.y_px.round() as i64 - radius,
            width: side,
            height: side,
        };
        let mut pixels = Vec::with_capacity(area.len());
        for y in area.y_px..area.y_px + side as i64 {
            for x in area.x_px..area.x_px + side as i64 {
                pixels.push(image.pixel(x, y, excluded_bits).unwrap_or(f32::NAN));
            }
        }
        for (centre, radius_px) in covered {
            let circle = PixelBox::around(*centre, *radius_px).intersection(area);
            if circle.is_empty() {
                continue;
            }
            for y in circle.y_px..circle.y_px + circle.height as i64 {
                let dy = y as f64 - centre.y_px;
                let start = (y - area.y_px) as usize * side + (circle.x_px - area.x_px) as usize;
                for (x, pixel) in pixels[start..start + circle.width].iter_mut().enumerate() {
                    let dx = (circle.x_px + x as i64) as f64 - centre.x_px;
                    if dx * dx + dy * dy < radius_px * radius_px {
                        *pixel = f32::NAN;
                    }
                }
            }
        }
        Some(Self {
            candidate,
            position,
            flux_adu,
            weight_flux_adu: flux_adu,
            sigma_adu,
            reduced_chi2: f64::NAN,
            area,
            pixels,
        })
    }

    /// One Gauss-Newton step of flux and position with the pixels within `radius_px`. Leaves the star as it is where
    /// these do not determine it.
    pub(crate) fn adjust(&mut self, model: &PsfModel, variance: Variance, radius_px: f64, space: &mut Workspace) {
        model.evaluate(self.position, &mut space.local);
        let window = self.window(radius_px);
        space.local.render(self.position, window, &mut space.rendering);
        let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
        for y in 0..window.height {
            let dy = (window.y_px + y as i64) as f64 - self.position.y_px;
            for (x, pixel) in self.row(window, y).iter().enumerate() {
                let dx = (window.x_px + x as i64) as f64 - self.position.x_px;
                if pixel.is_nan() || dx * dx + dy * dy > radius_px * radius_px {
                    continue;
                }
                let index = y * window.width + x;
                let value = f64::from(space.rendering.value[index]);
                let by_x = self.flux_adu * f64::from(space.rendering.by_x[index]);
                let by_y = self.flux_adu * f64::from(space.rendering.by_y[index]);
                let gradient = Vector3::new(value, by_x, by_y);
                let weight = 1.0 / variance.of(self.sigma_adu, self.flux_adu * value);
                normal += gradient * gradient.transpose() * weight;
                right += gradient * (weight * (f64::from(*pixel) - self.flux_adu * value));
            }
        }
        let Some(step) = normal.cholesky().map(|factor| factor.solve(&right)) else { return };
        let flux_adu = self.flux_adu + step[0];
        if !(flux_adu > 0.0 && step.iter().all(|value| value.is_finite())) {
            return;
        }
        self.flux_adu = flux_adu.clamp(0.2 * self.flux_adu, 5.0 * self.flux_adu);
        self.position.x_px += step[1].clamp(-MAX_STEP_PX, MAX_STEP_PX);
        self.position.y_px += step[2].clamp(-MAX_STEP_PX, MAX_STEP_PX);
    }

    /// Puts the residual from the model, in units of the flux, on the model's grid (`space.gridded.value`) by Lanczos
    /// interpolation, and renews the chi-square. Pixels that are not used, or lie beyond the grid, have the residual 0.
    pub(crate) fn residual(&mut self, model: &PsfModel, variance: Variance, space: &mut Workspace) {
        model.evaluate(self.position, &mut space.local);
        let window = self.window(space.local.radius_px());
        space.local.render_value(self.position, window, &mut space.rendering);
        let (mut chi2, mut used) = (0.0, 0_usize);
        space.residual.clear();
        let (left, top) = ((window.x_px - self.area.x_px) as usize, (window.y_px - self.area.y_px) as usize);
        for y in 0..window.height {
            let row = &mut space.residual.row_mut(top + y)[left..left + window.width];
            let expected = &space.rendering.value[y * window.width..(y + 1) * window.width];
            for ((residual, pixel), value) in row.iter_mut().zip(self.row(window, y)).zip(expected) {
                if pixel.is_nan() {
                    continue;
                }
                let expected = self.flux_adu * f64::from(*value);
                let difference = f64::from(*pixel) - expected;
                chi2 += difference * difference / variance.of(self.sigma_adu, expected);
                used += 1;
                *residual = (difference / self.flux_adu) as f32;
            }
        }
        self.reduced_chi2 = if used > 3 { chi2 / (used - 3) as f64 } else { f64::NAN };
        let (width, height, step_px) = (space.local.width(), space.local.height(), space.local.step_px());
        // The model's samples are the "pixels" of this rendering, the star's pixels its samples.
        let shift = |position: f64, first: i64, side: usize| position - (first + (side / 2) as i64) as f64;
        let x_shift_px = shift(self.position.x_px, self.area.x_px, self.area.width);
        let y_shift_px = shift(self.position.y_px, self.area.y_px, self.area.height);
        let origin =
            PixelPos::new((width / 2) as f64 - x_shift_px / step_px, (height / 2) as f64 - y_shift_px / step_px);
        let grid = PixelBox { x_px: 0, y_px: 0, width, height };
        space.residual.render_value(origin, grid, &mut space.gridded);
    }

    /// The pixels within `radius_px` columns and rows of the star that were cut out.
    fn window(&self, radius_px: f64) -> PixelBox {
        PixelBox::around(self.position, radius_px).intersection(self.area)
    }

    /// The pixels of a row of a window.
    fn row(&self, window: PixelBox, y: usize) -> &[f32] {
        let above = (window.y_px - self.area.y_px) as usize + y;
        let start = above * self.area.width + (window.x_px - self.area.x_px) as usize;
        &self.pixels[start..start + window.width]
    }
}

fn stamp_radius_px(local: &LocalPsf) -> usize {
    let side = local.width().max(local.height());
    ((side / 2) as f64 * local.step_px() + MARGIN_PX).ceil() as usize
}

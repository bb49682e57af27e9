//! The pixels that a group of sources is fitted to.

use sky_coords::PixelPos;

use super::whitening::{REACH_PX, Whitening};
use crate::{PixelBox, PsfImage, Rendering};

/// Least share of the pixels around a source that must be left behind the filter; where there are fewer (at the border, beside
/// masked pixels) the group is fitted to the pixels as they are.
const LEAST_SHARE: f64 = 0.5;

/// How a fit looks at the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// As they are.
    Plain,
    /// Behind the filter that makes the noise white.
    Filtered,
}

/// Value and derivatives of a model on the fitted pixels.
#[derive(Clone, Debug, Default)]
pub(super) struct Planes {
    pub(super) value: Vec<f32>,
    pub(super) by_x: Vec<f32>,
    pub(super) by_y: Vec<f32>,
}

/// Pixels of a group, in buffers that are used again.
#[derive(Debug)]
pub(super) struct GroupPixels {
    /// The pixels that are fitted.
    pub(super) area: PixelBox,
    /// Those that are read: with a margin for the filter.
    pub(super) outer: PixelBox,
    /// How positions are fitted.
    pub(super) view: View,
    /// `outer` without the light of sources outside the group; NaN where they are not used.
    read: Vec<f32>,
    /// The same of `area`.
    plain: Vec<f32>,
    /// `area` behind the filter, where there is one.
    filtered: Vec<f32>,
    /// Whether the pixel of `area` lies within the fit radius of a member.
    near: Vec<bool>,
}

/// What there is around one source.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// Usable pixels within the fit radius.
    pub(super) good_pixels: usize,
    /// Whether the fit radius reaches beyond the image.
    pub(super) is_at_edge: bool,
}

impl Planes {
    /// The part of a rendering on `outer` that lies on `area`.
    pub(super) fn crop(&mut self, rendering: &Rendering, outer: PixelBox, area: PixelBox) {
        crop(&rendering.value, outer, area, &mut self.value);
        crop(&rendering.by_x, outer, area, &mut self.by_x);
        crop(&rendering.by_y, outer, area, &mut self.by_y);
    }

    /// What the filter makes of a rendering on `width` x `height` pixels and its margin.
    pub(super) fn filter(&mut self, filter: &Whitening, rendering: &Rendering, width: usize, height: usize) {
        filter.apply(&rendering.value, width, height, &mut self.value);
        filter.apply(&rendering.by_x, width, height, &mut self.by_x);
        filter.apply(&rendering.by_y, width, height, &mut self.by_y);
    }
}

impl GroupPixels {
    /// No pixels.
    pub(super) const fn empty() -> Self {
        let nothing = PixelBox { x_px: 0, y_px: 0, width: 0, height: 0 };
        Self {
            area: nothing,
            outer: nothing,
            view: View::Plain,
            read: Vec::new(),
            plain: Vec::new(),
            filtered: Vec::new(),
            near: Vec::new(),
        }
    }

    /// Reads the pixels within `radius_px` of the positions, with the margin that the filter of a view needs.
    pub(super) fn read(
        &mut self,
        image: &PsfImage<'_>,
        positions: impl Iterator<Item = PixelPos>,
        radius_px: f64,
        excluded_mask_bits: u16,
        view: View,
    ) {
        let boxes = positions.map(|position| PixelBox::around(position, radius_px));
        self.area = boxes.reduce(PixelBox::union).unwrap_or_default();
        self.view = view;
        self.outer = if view == View::Filtered { self.area.grown(REACH_PX) } else { self.area };
        self.read.clear();
        for y in 0..self.outer.height as i64 {
            for x in 0..self.outer.width as i64 {
                let value = image.pixel(self.outer.x_px + x, self.outer.y_px + y, excluded_mask_bits);
                self.read.push(value.unwrap_or(f32::NAN));
            }
        }
    }

    /// Takes light on the pixels of `outer` off.
    pub(super) fn subtract(&mut self, flux_adu: f32, unit_light: &[f32]) {
        self.read.iter_mut().zip(unit_light).for_each(|(pixel, value)| *pixel -= flux_adu * value);
    }

    /// Makes what the fit sees of what was read: filtered, unless a member then has too few pixels. Says what there is around
    /// each member.
    pub(super) fn prepare(
        &mut self,
        image: &PsfImage<'_>,
        positions: &[PixelPos],
        fit_radius_px: f64,
        filter: Option<&Whitening>,
    ) -> Vec<Around> {
        crop(&self.read, self.outer, self.area, &mut self.plain);
        let area = self.area;
        self.near.clear();
        self.near.resize(area.len(), false);
        let near = &mut self.near;
        positions.iter().for_each(|place| for_each_near(area, *place, fit_radius_px, |index| near[index] = true));
        let plain = around(&self.plain, area, image, positions, fit_radius_px);
        if let Some(filter) = filter.filter(|_| self.view == View::Filtered) {
            filter.apply(&self.read, area.width, area.height, &mut self.filtered);
            let filtered = around(&self.filtered, area, image, positions, fit_radius_px);
            let enough = |(plain, filtered): (&Around, &Around)| {
                filtered.good_pixels as f64 >= LEAST_SHARE * plain.good_pixels as f64
            };
            if plain.iter().zip(&filtered).all(enough) {
                return plain;
            }
        }
        self.view = View::Plain;
        self.outer = area;
        plain
    }

    /// The pixels of `area`, NaN where they are not used.
    pub(super) fn of(&self, view: View) -> &[f32] {
        match view {
            View::Plain => &self.plain,
            View::Filtered => &self.filtered,
        }
    }

    /// Whether a pixel of `area` is fitted: it can be used and lies within the fit radius of a member.
    pub(super) fn is_fitted(&self, view: View, index: usize) -> bool {
        self.near[index] && !self.of(view)[index].is_nan()
    }
}

fn around(pixels: &[f32], area: PixelBox, image: &PsfImage<'_>, positions: &[PixelPos], radius_px: f64) -> Vec<Around> {
    let (width, height) = (image.width() as i64, image.height() as i64);
    let of = |position: &PixelPos| {
        let mut found = Around::default();
        for_each_near(area, *position, radius_px, |index| {
            let (x, y) = (area.x_px + (index % area.width) as i64, area.y_px + (index / area.width) as i64);
            found.good_pixels += usize::from(!pixels[index].is_nan());
            found.is_at_edge |= x < 0 || y < 0 || x >= width || y >= height;
        });
        found
    };
    positions.iter().map(of).collect()
}

/// The values of `outer` on `area`, which lies within.
fn crop(values: &[f32], outer: PixelBox, area: PixelBox, to: &mut Vec<f32>) {
    let (left, top) = ((area.x_px - outer.x_px) as usize, (area.y_px - outer.y_px) as usize);
    to.clear();
    for y in 0..area.height {
        let start = (top + y) * outer.width + left;
        to.extend_from_slice(&values[start..start + area.width]);
    }
}

/// Calls `visit` with the index in `area` of each of its pixels within `radius_px` of a position.
pub(super) fn for_each_near(area: PixelBox, position: PixelPos, radius_px: f64, mut visit: impl FnMut(usize)) {
    let near = PixelBox::around(position, radius_px).intersection(area);
    for y in near.y_px..near.y_px + near.height as i64 {
        let dy = y as f64 - position.y_px;
        let start = (y - area.y_px) as usize * area.width;
        for x in near.x_px..near.x_px + near.width as i64 {
            let dx = x as f64 - position.x_px;
            if dx * dx + dy * dy <= radius_px * radius_px {
                visit(start + (x - area.x_px) as usize);
            }
        }
    }
}

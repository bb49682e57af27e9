//! Removal of detections that stand on the wings of brighter ones.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::object::Object;
use crate::scan_order::scan_order;

/// How far the wings of an object reach, in sums of both major axes.
const ZONE: f64 = 10.0;
/// Objects with a larger major axis are compared with all others, pixels.
const LARGE_AXIS_PX: f64 = 8.0;
/// Side of the cells in which small objects are looked up, pixels.
const CELL_PX: f64 = 64.0;

/// An object as cleaning sees it.
struct Candidate {
    object: Object,
    /// The `min_area`-th brightest filtered pixel above the threshold: what the object needs to be detected.
    needed: f64,
    wing: Wing,
    alive: bool,
    /// Place in the list that newcomers are held against.
    place: usize,
}

/// The Moffat profile of an object, without its place.
#[derive(Clone, Copy)]
struct Wing {
    amplitude: f64,
    scale: f64,
}

/// Removes each object that would not have been detected without the wing of a brighter one, and adds its light and extent
/// to that one (Bertin & Arnouts 1996, section 6). Returns the survivors in order and the number of the removed.
///
/// The wing is a Moffat profile of exponent `exponent` with the object's flux, shape and area. As in SExtractor the first
/// object of the list that reaches a newcomer takes it, and the last one takes the place of one that is removed.
pub(crate) fn clean(objects: Vec<Object>, exponent: f64, min_area_px: u32) -> (Vec<Object>, usize) {
    let n_before = objects.len();
    let mut kept: Vec<Candidate> = Vec::with_capacity(n_before);
    let mut list: Vec<usize> = Vec::with_capacity(n_before);
    let mut grid = Grid::new(&objects);
    let candidate = |object: Object| Candidate {
        needed: needed_light(&object, min_area_px),
        wing: Wing::new(&object, exponent),
        object,
        alive: true,
        place: 0,
    };
    let newcomers: Vec<Candidate> = objects.into_par_iter().map(candidate).collect();
    let mut near = Vec::new();
    for mut newcomer in newcomers {
        let mut victims = Vec::new();
        let mut absorbed_by = None;
        grid.near(&newcomer.object, &mut near);
        near.sort_unstable_by_key(|index| kept[*index].place);
        for &index in &near {
            let other = &kept[index];
            if !other.alive || !in_reach(&newcomer.object, &other.object) {
                continue;
            }
            if other.object.profile.flux < newcomer.object.profile.flux {
                if newcomer.wing.light(&newcomer.object, &other.object, exponent) > other.needed {
                    victims.push(index);
                }
            } else if other.wing.light(&other.object, &newcomer.object, exponent) > newcomer.needed {
                absorbed_by = Some(index);
                break;
            }
        }
        if let Some(index) = absorbed_by {
            absorb(&mut kept[index].object, &newcomer.object);
            kept[index].wing = Wing::new(&kept[index].object, exponent);
            continue;
        }
        if !victims.is_empty() {
            for index in victims.into_iter().rev() {
                kept[index].alive = false;
                absorb(&mut newcomer.object, &kept[index].object);
                let place = kept[index].place;
                list.swap_remove(place);
                if let Some(moved) = list.get(place) {
                    kept[*moved].place = place;
                }
            }
            newcomer.wing = Wing::new(&newcomer.object, exponent);
        }
        newcomer.place = list.len();
        list.push(kept.len());
        grid.insert(&newcomer.object, kept.len());
        kept.push(newcomer);
    }
    let survivors: Vec<Object> =
        kept.into_iter().filter(|candidate| candidate.alive).map(|candidate| candidate.object).collect();
    let removed = n_before - survivors.len();
    (survivors, removed)
}

fn in_reach(a: &Object, b: &Object) -> bool {
    let (dx, dy) = (a.profile.x - b.profile.x, a.profile.y - b.profile.y);
    let reach = ZONE * (a.profile.axes.0 + b.profile.axes.0);
    dx * dx + dy * dy < reach * reach
}

impl Wing {
    fn new(of: &Object, exponent: f64) -> Self {
        let profile = &of.profile;
        let unit_area = std::f64::consts::PI * profile.axes.0 * profile.axes.1;
        let amplitude = profile.flux / (2.0 * unit_area * profile.threshold_correction);
        let scale = (libm::pow(amplitude / of.threshold, 1.0 / exponent) - 1.0) * unit_area / f64::from(profile.area);
        Self { amplitude, scale }
    }

    /// Light of the wing of `of` at the place of `at`, ADU; 0 within the core.
    fn light(self, of: &Object, at: &Object, exponent: f64) -> f64 {
        let (dx, dy) = (of.profile.x - at.profile.x, of.profile.y - at.profile.y);
        let base = 1.0 + self.scale * of.profile.coefficients.radius2(dx, dy);
        if base > 1.0 && base < 1.0e10 { self.amplitude * libm::pow(base, -exponent) } else { 0.0 }
    }
}

/// What an object needs to stand above the threshold on `min_area_px` pixels: the `min_area_px`-th brightest of its filtered
/// pixels above the threshold, as SExtractor 2.25 finds it.
///
/// It takes the pixels in the order of its scan. Of the first `min_area_px` of them it makes a heap with the faintest on top,
/// leaves out the next one, and lets each later one that is brighter than the top take its place and sink. What sinks goes on
/// from the place two below the brother of where it stands, so that the heap is not kept in order and the top may be a
/// brighter pixel than the `min_area_px`-th. With the true rank, one object in a hundred is cleaned otherwise.
fn needed_light(object: &Object, min_area_px: u32) -> f64 {
    let n = min_area_px.max(1) as usize;
    if object.pixels.len() < n {
        return 0.0;
    }
    let core = scan_order(&object.pixels[..object.n_core]);
    let light = |number: usize| (f64::from(object.pixels[number].filtered) - object.threshold) as f32;
    let mut heap: Vec<f32> = Vec::with_capacity(n);
    for (place, number) in core.into_iter().chain(object.n_core..object.pixels.len()).enumerate() {
        match place.cmp(&n) {
            Ordering::Less => heap.push(light(number)),
            Ordering::Equal => heap.sort_unstable_by(f32::total_cmp),
            Ordering::Greater if light(number) > heap[0] => {
                heap[0] = light(number);
                sink(&mut heap);
            }
            Ordering::Greater => {}
        }
    }
    f64::from(heap[0])
}

/// Lets the top of the heap sink, as SExtractor 2.25 does: see [`needed_light`].
fn sink(heap: &mut [f32]) {
    let mut at = 0;
    loop {
        let left = 2 * at + 1;
        if left >= heap.len() {
            return;
        }
        let right_is_fainter = left + 1 < heap.len() && heap[left] > heap[left + 1];
        let fainter = left + usize::from(right_is_fainter);
        if heap[at] <= heap[fainter] {
            return;
        }
        heap.swap(at, fainter);
        at = fainter + 1;
    }
}

/// Adds the light and the extent of a removed object to the one that it belongs to; place and shape stay.
fn absorb(into: &mut Object, removed: &Object) {
    use sky_catalog::flags::{BLENDED, CROWDED};
    let (profile, other) = (&mut into.profile, &removed.profile);
    profile.area += other.area;
    profile.flux += other.flux;
    profile.peak = profile.peak.max(other.peak);
    profile.x_min = profile.x_min.min(other.x_min);
    profile.x_max = profile.x_max.max(other.x_max);
    profile.y_min = profile.y_min.min(other.y_min);
    profile.y_max = profile.y_max.max(other.y_max);
    into.core = into.core.joined(removed.core);
    into.flags |= removed.flags & !(BLENDED | CROWDED);
    into.absorbed.extend(removed.pixels.iter().chain(&removed.absorbed).copied());
}

/// Small objects by place, large ones apart.
struct Grid {
    columns: usize,
    cells: Vec<Vec<usize>>,
    large: Vec<usize>,
    all: Vec<usize>,
}

impl Grid {
    fn new(objects: &[Object]) -> Self {
        let largest = |coordinate: fn(&Object) -> f64| objects.iter().map(coordinate).fold(0.0, f64::max);
        let columns = (largest(|object| object.profile.x) / CELL_PX) as usize + 1;
        let rows = (largest(|object| object.profile.y) / CELL_PX) as usize + 1;
        Self { columns, cells: vec![Vec::new(); columns * rows], large: Vec::new(), all: Vec::new() }
    }

    fn insert(&mut self, object: &Object, index: usize) {
        self.all.push(index);
        if object.profile.axes.0 > LARGE_AXIS_PX {
            self.large.push(index);
        } else {
            let cell = Self::cell(object.profile.y) * self.columns + Self::cell(object.profile.x);
            self.cells[cell].push(index);
        }
    }

    /// Writes all objects that may be in reach of this one to `found`.
    fn near(&self, object: &Object, found: &mut Vec<usize>) {
        found.clear();
        if object.profile.axes.0 > LARGE_AXIS_PX {
            found.extend_from_slice(&self.all);
            return;
        }
        let reach = ZONE * (object.profile.axes.0 + LARGE_AXIS_PX);
        found.extend_from_slice(&self.large);
        let rows = self.cells.len() / self.columns;
        let span = |centre: f64, size: usize| Self::cell(centre - reach)..=Self::cell(centre + reach).min(size - 1);
        for row in span(object.profile.y, rows) {
            for column in span(object.profile.x, self.columns) {
                found.extend(&self.cells[row * self.columns + column]);
            }
        }
    }

    fn cell(coordinate: f64) -> usize {
        (coordinate.max(0.0) / CELL_PX) as usize
    }
}

//! Maps: places on the sky (right ascension grows to the left) and on the plate.

use sky_coords::{RAD_PER_DEG, SkyPos, UnitVector};

use crate::axis::{Frame, Ticks, legend};
use crate::picture::{Ink, Mark, Picture};

/// Places on the sky that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct SkySeries {
    /// Name in the legend.
    pub name: String,
    /// The places.
    pub places: Vec<SkyPos>,
}

/// Places on a plate that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateSeries {
    /// Name in the legend.
    pub name: String,
    /// The places, mm.
    pub places_mm: Vec<(f64, f64)>,
}

/// Smallest map, degrees from edge to edge.
const SMALLEST_MAP_DEG: f64 = 0.05;
/// Half of a plate's side, mm.
const PLATE_HALF_MM: f64 = 177.5;
/// Free space around the outermost places.
const BORDER: f64 = 1.06;

/// A map of the sky around the middle of all places and outlines: RA in degrees to the left, Dec upwards, the same scale
/// along both at the middle. `outlines` are drawn as closed polygons (tiles).
pub fn sky_map(title: &str, series: &[SkySeries], outlines: &[Vec<SkyPos>]) -> Picture {
    let mut picture = Picture::new(800, 640, title);
    let all =
        || series.iter().flat_map(|s| &s.places).chain(outlines.iter().flatten()).filter(|place| place.is_valid());
    let sum = all().fold(UnitVector { x: 0.0, y: 0.0, z: 0.0 }, |sum, place| {
        let v = place.to_vector();
        UnitVector { x: sum.x + v.x, y: sum.y + v.y, z: sum.z + v.z }
    });
    let centre_ra_deg = sum.to_sky().ra_deg;
    let east = |place: &SkyPos| (place.ra_deg - centre_ra_deg + 540.0).rem_euclid(360.0) - 180.0;
    let (mut ra, mut dec) = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
    for place in all() {
        ra = (ra.0.min(east(place)), ra.1.max(east(place)));
        dec = (dec.0.min(place.dec_deg), dec.1.max(place.dec_deg));
    }
    if ra.0 > ra.1 {
        (ra, dec) = ((-0.5, 0.5), (-0.5, 0.5));
    }
    let middle_dec = 0.5 * (dec.0 + dec.1);
    // At the middle declination a degree of right ascension is this long; near a pole the map is a rectangle of RA and Dec.
    let shrink = libm::cos(middle_dec * RAD_PER_DEG).max(0.1);
    let half =
        |(low, high): (f64, f64), stretch: f64| (0.5 * BORDER * (high - low)).max(0.5 * SMALLEST_MAP_DEG / stretch);
    let (half_ra, half_dec) = (half(ra, shrink), half(dec, 1.0));
    let middle_ra = 0.5 * (ra.0 + ra.1);
    let scaled = |degrees: f64| degrees * shrink;
    let frame = Frame::new(
        &picture,
        (scaled(middle_ra + half_ra), scaled(middle_ra - half_ra)),
        (middle_dec - half_dec, middle_dec + half_dec),
    )
    .equal_scale();
    let [left, top, right, bottom] = frame.edges;
    let fit = |length: f64, each: f64| ((length / each) as usize).clamp(2, 8);
    let absolute = Ticks::new(
        centre_ra_deg + middle_ra - half_ra,
        centre_ra_deg + middle_ra + half_ra,
        fit(right - left, 62.0),
        0.0,
    );
    let x_ticks =
        Ticks { values: absolute.values.iter().map(|v| scaled(v - centre_ra_deg)).collect(), ..absolute.clone() };
    let y_ticks = Ticks::new(frame.y.0, frame.y.1, fit(bottom - top, 60.0), 0.0);
    let name = |value: f64| {
        let ra_deg = value / shrink + centre_ra_deg;
        absolute.label(if ra_deg >= 360.0 {
            ra_deg - 360.0
        } else if ra_deg < -1e-9 {
            ra_deg + 360.0
        } else {
            ra_deg
        })
    };
    frame.draw(&mut picture, "Right ascension (deg, ICRS)", "Declination (deg, ICRS)", &x_ticks, &y_ticks, name);
    for outline in outlines.iter().filter(|outline| !outline.is_empty()) {
        let closed = outline.iter().chain(outline.first());
        let points = closed.map(|place| frame.pixel(scaled(east(place)), place.dec_deg)).collect();
        picture.line(points, Ink::Axis, 1.2);
    }
    let placed: Vec<_> = series
        .iter()
        .map(|s| {
            let valid = s.places.iter().filter(|place| place.is_valid());
            (s.name.clone(), valid.map(|place| frame.pixel(scaled(east(place)), place.dec_deg)).collect())
        })
        .collect();
    points(&mut picture, placed);
    picture
}

/// A map of the plate: mm from its centre, x to the east (left, as on the sky) and y to the north.
pub fn plate_map(title: &str, series: &[PlateSeries]) -> Picture {
    let mut picture = Picture::new(800, 640, title);
    let frame = Frame::new(&picture, (PLATE_HALF_MM, -PLATE_HALF_MM), (-PLATE_HALF_MM, PLATE_HALF_MM)).equal_scale();
    let ticks = Ticks::new(-PLATE_HALF_MM, PLATE_HALF_MM, 8, 0.0);
    frame.draw(&mut picture, "Plate x (mm, east to the left)", "Plate y (mm, north up)", &ticks, &ticks, |v| {
        ticks.label(v)
    });
    let placed: Vec<_> = series
        .iter()
        .map(|s| {
            let finite = s.places_mm.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
            (s.name.clone(), finite.map(|(x, y)| frame.pixel(*x, *y)).collect())
        })
        .collect();
    points(&mut picture, placed);
    picture
}

/// Series as discs (many small) and, from the second on, rings (few large), with a legend of counts.
fn points(picture: &mut Picture, series: Vec<(String, Vec<(f64, f64)>)>) {
    let mut names = Vec::new();
    for (index, (name, centres)) in series.into_iter().enumerate() {
        let count = centres.len();
        let ink = Ink::Series(index);
        let mark = if index == 0 {
            Mark::Discs { centres, radius: if count > 500 { 1.4 } else { 2.4 }, ink }
        } else {
            Mark::Rings { centres, radius: 3.0 + 2.0 * index as f64, ink }
        };
        names.push((format!("{name} ({count})"), mark.clone()));
        picture.marks.push(mark);
    }
    legend(picture, &names);
}

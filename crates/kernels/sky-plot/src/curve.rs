//! Curves with error bars, such as completeness against magnitude.

use crate::axis::{Frame, Ticks, legend};
use crate::picture::{Ink, Mark, Picture};

/// A curve of points with intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Name in the legend.
    pub name: String,
    /// x, y, lower and upper end of the interval of y.
    pub points: Vec<[f64; 4]>,
}

/// Curves of 800 x 500 pixels; the range of y is `y_range` or, where it is `None`, that of the data.
pub fn curves(title: &str, x_label: &str, y_label: &str, y_range: Option<(f64, f64)>, curves: &[Curve]) -> Picture {
    let mut picture = Picture::new(800, 500, title);
    let finite = || curves.iter().flat_map(|c| &c.points).filter(|point| point.iter().all(|v| v.is_finite()));
    let range = |values: &dyn Fn(&[f64; 4]) -> (f64, f64)| {
        let (low, high) = finite()
            .map(values)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (a, b)| (low.min(a), high.max(b)));
        if low > high {
            return (0.0, 1.0);
        }
        let border = 0.05 * (high - low).max(1e-9);
        (low - border, high + border)
    };
    let (x, y) = (range(&|p| (p[0], p[0])), y_range.unwrap_or_else(|| range(&|p| (p[2], p[3]))));
    let frame = Frame::new(&picture, x, y);
    let (x_ticks, y_ticks) = (Ticks::new(x.0, x.1, 8, 0.0), Ticks::new(y.0, y.1, 6, 0.0));
    frame.draw(&mut picture, x_label, y_label, &x_ticks, &y_ticks, |value| x_ticks.label(value));
    let mut names = Vec::new();
    for (index, curve) in curves.iter().enumerate() {
        let ink = Ink::Series(index);
        let points: Vec<&[f64; 4]> = curve.points.iter().filter(|p| p.iter().all(|v| v.is_finite())).collect();
        let places: Vec<(f64, f64)> = points.iter().map(|p| frame.pixel(p[0], p[1])).collect();
        for point in &points {
            picture.line(vec![frame.pixel(point[0], point[2]), frame.pixel(point[0], point[3])], ink, 1.0);
        }
        picture.line(places.clone(), ink, 1.8);
        picture.marks.push(Mark::Discs { centres: places, radius: 3.2, ink });
        names.push((curve.name.clone(), Mark::Line { points: Vec::new(), ink, width: 2.5 }));
    }
    legend(&mut picture, &names);
    picture
}

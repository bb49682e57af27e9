//! Exact area of a pixel inside a circle.

/// Area of the pixel centred at (dx, dy) from a circle's centre that lies within `radius` of it, 0 to 1.
///
/// The area of a circle within a rectangle is a signed sum of its areas within four rectangles that start at its centre;
/// each of these is a rectangle, a quadrant, or a rectangle and an integral of sqrt(r^2 - x^2).
pub fn circle_pixel_overlap(dx: f64, dy: f64, radius: f64) -> f64 {
    let (x0, x1, y0, y1) = (dx - 0.5, dx + 0.5, dy - 0.5, dy + 0.5);
    let far_x = x0.abs().max(x1.abs());
    let far_y = y0.abs().max(y1.abs());
    if far_x * far_x + far_y * far_y <= radius * radius {
        return 1.0;
    }
    let near_x = (dx.abs() - 0.5).max(0.0);
    let near_y = (dy.abs() - 0.5).max(0.0);
    if near_x * near_x + near_y * near_y >= radius * radius {
        return 0.0;
    }
    (from_centre(x1, y1, radius) - from_centre(x0, y1, radius) - from_centre(x1, y0, radius)
        + from_centre(x0, y0, radius))
    .clamp(0.0, 1.0)
}

/// Area of the circle within the rectangle from its centre to (x, y), with the sign of x y.
fn from_centre(x: f64, y: f64, radius: f64) -> f64 {
    let sign = if (x < 0.0) == (y < 0.0) { 1.0 } else { -1.0 };
    let (x, y) = (x.abs().min(radius), y.abs().min(radius));
    if x * x + y * y <= radius * radius {
        return sign * x * y;
    }
    let corner = (radius * radius - y * y).max(0.0).sqrt();
    let under_arc = |x: f64| {
        let height = (radius * radius - x * x).max(0.0).sqrt();
        0.5 * (x * height + radius * radius * libm::asin((x / radius).min(1.0)))
    };
    sign * (corner * y + under_arc(x) - under_arc(corner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pixels_of_a_circle_add_up_to_its_area() {
        for radius in [0.3, 0.5, 1.0, 2.5, 7.123] {
            for (cx, cy) in [(0.0, 0.0), (0.3, -0.45), (0.5, 0.5)] {
                let mut area = 0.0;
                for y in -10..=10 {
                    for x in -10..=10 {
                        area += circle_pixel_overlap(f64::from(x) - cx, f64::from(y) - cy, radius);
                    }
                }
                let expected = std::f64::consts::PI * radius * radius;
                assert!(
                    (area - expected).abs() < 1e-10,
                    "radius {radius} at ({cx}, {cy}): {area}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn a_half_plane_covers_half_a_pixel() {
        let area = circle_pixel_overlap(1.0e3, 0.0, 1.0e3);
        assert!((area - 0.5).abs() < 1e-4, "the edge of a large circle through the pixel's centre: {area}");
    }
}

//! Natural cubic splines through equidistant nodes.

/// Second derivatives divided by 6 of the cubic spline through `nodes` one apart, with none at both ends, as SExtractor
/// 2.25 has them.
///
/// A natural spline solves m[i-1] + 4 m[i] + m[i+1] = nodes[i-1] - 2 nodes[i] + nodes[i+1] (de Boor 1978, chapter IV).
/// SExtractor's maps, measured on its check images, follow from the same elimination with the division by 6 inside the
/// back substitution: each m[i+1] enters m[i] with a sixth of its weight. The curve still goes through its nodes and keeps
/// straight lines; it is reproduced because backgrounds must agree.
pub(crate) fn second_derivatives(nodes: &[f64]) -> Vec<f64> {
    let n = nodes.len();
    let mut curvature = vec![0.0; n];
    if n < 3 {
        return curvature;
    }
    let mut factor = vec![0.0; n];
    for i in 1..n - 1 {
        let pivot = 1.0 / (4.0 + factor[i - 1]);
        factor[i] = -pivot;
        curvature[i] = pivot * (nodes[i - 1] - 2.0 * nodes[i] + nodes[i + 1] - curvature[i - 1]);
    }
    for i in (1..n - 1).rev() {
        curvature[i] += factor[i] * curvature[i + 1] / 6.0;
    }
    curvature
}

/// Weights of two neighbouring nodes and their second derivatives at one place. Beyond the first and the last node the
/// outermost cubic goes on, as SExtractor's does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Basis {
    pub(crate) cell: usize,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) bend_low: f64,
    pub(crate) bend_high: f64,
}

impl Basis {
    /// The weights at `place`, in units of the distance of nodes from the first one, of `n` nodes.
    pub(crate) fn new(place: f64, n: usize) -> Self {
        if n < 2 {
            return Self { cell: 0, low: 1.0, high: 0.0, bend_low: 0.0, bend_high: 0.0 };
        }
        let cell = (place.max(0.0) as usize).min(n - 2);
        let high = place - cell as f64;
        let low = 1.0 - high;
        Self { cell, low, high, bend_low: low * (low * low - 1.0), bend_high: high * (high * high - 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(nodes: &[f64], place: f64) -> f64 {
        let curvature = second_derivatives(nodes);
        let b = Basis::new(place, nodes.len());
        b.low * nodes[b.cell]
            + b.high * nodes[b.cell + 1]
            + b.bend_low * curvature[b.cell]
            + b.bend_high * curvature[b.cell + 1]
    }

    #[test]
    fn the_curve_goes_through_its_nodes() {
        let nodes = [0.0, 1.0, 0.0, 2.0];
        for (i, node) in nodes.iter().enumerate() {
            assert!((value(&nodes, i as f64) - node).abs() < 1e-12, "node {i}");
        }
    }

    #[test]
    fn with_three_nodes_it_is_the_natural_spline() {
        // scipy.interpolate.CubicSpline([0, 1, 2], [0, 1, 0], bc_type="natural")(0.5) = 0.6875
        assert!((value(&[0.0, 1.0, 0.0], 0.5) - 0.6875).abs() < 1e-12, "{}", value(&[0.0, 1.0, 0.0], 0.5));
    }
}

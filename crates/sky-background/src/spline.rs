//! Natural cubic splines through equidistant nodes.

/// Second derivatives divided by 6 of the natural cubic spline through `nodes` one apart (de Boor 1978, chapter IV).
pub(crate) fn second_derivatives(nodes: &[f64]) -> Vec<f64> {
    let n = nodes.len();
    let mut curvature = vec![0.0; n];
    if n < 3 {
        return curvature;
    }
    // Thomas' algorithm for m[i-1] + 4 m[i] + m[i+1] = nodes[i-1] - 2 nodes[i] + nodes[i+1], m at both ends zero.
    let mut factor = vec![0.0; n];
    for i in 1..n - 1 {
        let pivot = 1.0 / (4.0 + factor[i - 1]);
        factor[i] = -pivot;
        curvature[i] = pivot * (nodes[i - 1] - 2.0 * nodes[i] + nodes[i + 1] - curvature[i - 1]);
    }
    for i in (1..n - 1).rev() {
        curvature[i] += factor[i] * curvature[i + 1];
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

    #[test]
    fn the_spline_goes_through_its_nodes_and_bends_as_scipys() {
        // scipy.interpolate.CubicSpline([0, 1, 2, 3], [0, 1, 0, 2], bc_type="natural"): value at 0.5 = 0.775, at 2.25 = 0.19375
        let nodes = [0.0, 1.0, 0.0, 2.0];
        let curvature = second_derivatives(&nodes);
        let value = |place: f64| {
            let b = Basis::new(place, 4);
            b.low * nodes[b.cell]
                + b.high * nodes[b.cell + 1]
                + b.bend_low * curvature[b.cell]
                + b.bend_high * curvature[b.cell + 1]
        };
        for (i, node) in nodes.iter().enumerate() {
            assert!((value(i as f64) - node).abs() < 1e-12, "node {i}");
        }
        assert!((value(0.5) - 0.775).abs() < 1e-12, "{}", value(0.5));
        assert!((value(2.25) - 0.193_75).abs() < 1e-12, "{}", value(2.25));
    }
}

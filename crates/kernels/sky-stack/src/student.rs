//! Student's t distribution.

/// The t that `probability` of Student's distribution with `degrees` of freedom lies below (0.5 to 1), by bisection of the
/// distribution to 1e-10.
pub(crate) fn quantile(probability: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while below(high, degrees) < probability && high < 1.0e12 {
        high *= 2.0;
    }
    while high - low > 1e-10 * high {
        let middle = 0.5 * (low + high);
        if below(middle, degrees) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Probability of a value below `t` (t >= 0): 1 - I_x(v/2, 1/2) / 2 with x = v / (v + t^2) (Abramowitz & Stegun 26.7.1).
fn below(t: f64, degrees: f64) -> f64 {
    1.0 - 0.5 * incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t))
}

/// Regularised incomplete beta function by its continued fraction (Abramowitz & Stegun 26.5.8, evaluated as Lentz 1976).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front =
        libm::exp(libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    /// Smallest number that is not taken for zero.
    const TINY: f64 = 1.0e-300;
    let guarded = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in 1..=300 {
        let m = f64::from(m);
        for step in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / guarded(1.0 + step * d);
            c = guarded(1.0 + step / c);
            result *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_equal_the_printed_table() {
        // Abramowitz & Stegun, table 26.10.
        for (probability, degrees, expected) in [
            (0.975, 1.0, 12.706),
            (0.975, 10.0, 2.228),
            (0.995, 30.0, 2.750),
            (0.95, 120.0, 1.658),
            (0.9995, 5.0, 6.869),
        ] {
            let found = quantile(probability, degrees);
            assert!((found - expected).abs() < 6e-4, "t({probability}, {degrees}) = {found}, expected {expected}");
        }
    }
}

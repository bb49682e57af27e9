//! Units of columns: what a file gives, in the units that we write.

use crate::error::CatalogError;

/// What a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// A coordinate, degrees.
    Degrees,
    /// A small angle, mas.
    Mas,
    /// A motion, mas/yr.
    MasPerYear,
    /// Anything that keeps its unit.
    AsIs,
}

impl Quantity {
    /// The factor from a unit as files spell it; no unit means the right one.
    pub(crate) fn factor(self, column: &str, unit: &str) -> Result<f64, CatalogError> {
        let spelled = unit.trim().to_ascii_lowercase().replace([' ', '*'], "");
        let rate = |unit: &str| {
            ["/yr", "/a", ".yr-1", ".a-1", "yr-1", "/year"]
                .iter()
                .find_map(|end| unit.strip_suffix(end).map(str::to_owned))
        };
        let factor = match (self, spelled.as_str()) {
            (Self::AsIs, _) | (_, "") => Some(1.0),
            (Self::Degrees, "deg" | "degree" | "degrees") => Some(1.0),
            (Self::Degrees, "rad") => Some(180.0 / std::f64::consts::PI),
            (Self::Mas, angle) => mas(angle),
            (Self::MasPerYear, motion) => rate(motion).and_then(|angle| mas(&angle)),
            (Self::Degrees, _) => None,
        };
        factor.ok_or_else(|| CatalogError::Unit {
            column: column.to_owned(),
            found: unit.to_owned(),
            expected: self.name(),
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Degrees => "deg or rad",
            Self::Mas => "mas, arcsec or deg",
            Self::MasPerYear => "mas/yr, arcsec/yr or deg/yr",
            Self::AsIs => "any",
        }
    }
}

/// Milliarcseconds in a unit of angle.
fn mas(unit: &str) -> Option<f64> {
    match unit {
        "mas" | "0.001arcsec" => Some(1.0),
        "arcsec" | "arcsecond" | "\"" => Some(1000.0),
        "deg" => Some(3_600_000.0),
        "uas" => Some(0.001),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_brought_to_ours() {
        let factor = |quantity: Quantity, unit: &str| quantity.factor("column", unit).expect("a known unit");
        assert_eq!(factor(Quantity::Mas, "arcsec"), 1000.0);
        assert_eq!(factor(Quantity::Mas, ""), 1.0, "no unit means the declared one");
        for unit in ["mas/yr", "mas/a", "mas.yr-1", "mas yr-1", "mas.yr**-1"] {
            assert_eq!(factor(Quantity::MasPerYear, unit), 1.0, "{unit}");
        }
        assert_eq!(factor(Quantity::MasPerYear, "arcsec/yr"), 1000.0);
        for (quantity, unit) in
            [(Quantity::MasPerYear, "km/s"), (Quantity::Degrees, "\"h:m:s\""), (Quantity::Mas, "pix")]
        {
            quantity.factor("column", unit).expect_err("a unit of something else is refused");
        }
    }
}

//! Recomputing stored separations.

use sky_coords::SkyPos;

/// What rounding of the stored positions (nine decimals of a degree) and separation (five of an arc second) may add at the radius, arc seconds.
const STORED_ROUNDING_ARCSEC: f64 = 2.0e-5;

/// A pair as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredPair {
    /// Position of the detection.
    pub detection: SkyPos,
    /// Position of the reference.
    pub reference: SkyPos,
    /// Separation that was written, arc seconds.
    pub separation_arcsec: f64,
}

/// What is wrong with a pair.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PairFault {
    /// A position or the separation is not a number, or a position is not on the sky.
    #[error("row {row}: a position or the separation is missing or not on the sky")]
    Missing {
        /// Row, from 0.
        row: usize,
    },
    /// The stored separation is not that of the stored positions.
    #[error(
        "row {row}: separation {stored_arcsec} arcsec is stored, the positions are {recomputed_arcsec} arcsec apart"
    )]
    Differs {
        /// Row, from 0.
        row: usize,
        /// Stored, arc seconds.
        stored_arcsec: f64,
        /// Recomputed, arc seconds.
        recomputed_arcsec: f64,
    },
    /// The pair is wider than the radius.
    #[error("row {row}: the pair is {separation_arcsec} arcsec wide, the radius is {radius_arcsec} arcsec")]
    TooWide {
        /// Row, from 0.
        row: usize,
        /// The larger of the stored and the recomputed separation, arc seconds.
        separation_arcsec: f64,
        /// Radius of the match, arc seconds.
        radius_arcsec: f64,
    },
}

/// What the validator found.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// Pairs looked at.
    pub checked: usize,
    /// Largest difference between a stored and a recomputed separation, arc seconds.
    pub max_difference_arcsec: f64,
    /// What is wrong, in the order of the rows.
    pub faults: Vec<PairFault>,
}

/// Recomputes every separation: it must equal the stored one within `tolerance_arcsec` and be at most `radius_arcsec`.
pub fn validate_pairs(pairs: &[StoredPair], radius_arcsec: f64, tolerance_arcsec: f64) -> Validation {
    let mut validation = Validation { checked: pairs.len(), max_difference_arcsec: 0.0, faults: Vec::new() };
    for (row, pair) in pairs.iter().enumerate() {
        let stored_arcsec = pair.separation_arcsec;
        // mark: no-separation-fails
        if !(pair.detection.is_valid() && pair.reference.is_valid() && stored_arcsec.is_finite()) {
            validation.faults.push(PairFault::Missing { row });
            continue;
        }
        let recomputed_arcsec = pair.detection.separation_arcsec(pair.reference);
        let difference = (recomputed_arcsec - stored_arcsec).abs();
        validation.max_difference_arcsec = validation.max_difference_arcsec.max(difference);
        // mark: validator-tolerance
        if difference > tolerance_arcsec {
            validation.faults.push(PairFault::Differs { row, stored_arcsec, recomputed_arcsec });
        }
        let separation_arcsec = stored_arcsec.max(recomputed_arcsec);
        if separation_arcsec > radius_arcsec + STORED_ROUNDING_ARCSEC {
            validation.faults.push(PairFault::TooWide { row, separation_arcsec, radius_arcsec });
        }
    }
    validation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(true_arcsec: f64, stored_arcsec: f64) -> StoredPair {
        let detection = SkyPos::new(150.0, 20.0);
        let reference = SkyPos::new(150.0, 20.0 + true_arcsec / 3600.0);
        StoredPair { detection, reference, separation_arcsec: stored_arcsec }
    }

    #[test]
    fn honest_pairs_pass() {
        let found =
            validate_pairs(&[pair(0.0, 0.0), pair(0.04, 0.04), pair(4.99, 5.03 - 0.04), pair(5.0, 5.0)], 5.0, 0.05);
        assert_eq!((found.checked, found.faults), (4, Vec::new()), "separations of 0, 0.04, 4.99 and 5 arcsec");
    }

    #[test]
    fn a_separation_in_degrees_fails() {
        let found = validate_pairs(&[pair(3.6, 0.001)], 5.0, 0.05);
        assert!(matches!(found.faults[..], [PairFault::Differs { row: 0, .. }]), "found {:?}", found.faults);
    }

    #[test]
    fn wide_and_missing_pairs_fail_with_their_rows() {
        let mut nowhere = pair(1.0, 1.0);
        nowhere.reference.ra_deg = f64::NAN;
        let found = validate_pairs(&[pair(1.0, 1.0), pair(5.001, 5.001), nowhere, pair(1.0, f64::NAN)], 5.0, 0.05);
        assert!(
            matches!(
                found.faults[..],
                [PairFault::TooWide { row: 1, .. }, PairFault::Missing { row: 2 }, PairFault::Missing { row: 3 }]
            ),
            "found {:?}",
            found.faults
        );
    }
}

//! Groups of positions of one list: friends of friends.

use sky_coords::SkyPos;

use crate::radius::RadiusError;
use crate::zone::ZoneIndex;

/// Joins positions that are at most `radius_arcsec` apart, and those that share a friend; for each position the smallest index of its group.
///
/// An invalid position is a group of its own. The answer does not depend on the order in which pairs are found.
///
/// # Errors
/// If the radius is negative, not finite or above [`crate::MAX_RADIUS_ARCSEC`].
pub fn group_within(positions: &[SkyPos], radius_arcsec: f64) -> Result<Vec<usize>, RadiusError> {
    let index = ZoneIndex::new(positions, radius_arcsec)?;
    let mut parents: Vec<usize> = (0..positions.len()).collect();
    for (this, &place) in positions.iter().enumerate() {
        for neighbour in index.within(place).iter().filter(|neighbour| neighbour.index > this) {
            let (a, b) = (root(&mut parents, this), root(&mut parents, neighbour.index));
            parents[a.max(b)] = a.min(b);
        }
    }
    Ok((0..positions.len()).map(|i| root(&mut parents, i)).collect())
}

/// The smallest member of the tree that holds `of`; halves the path on the way.
fn root(parents: &mut [usize], of: usize) -> usize {
    let mut node = of;
    while parents[node] != node {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn friends_of_friends_share_the_smallest_index() {
        let row = |i: f64| SkyPos::new(10.0, 20.0 + i * 0.2 / 3600.0);
        let positions = [row(2.0), SkyPos::new(11.0, 20.0), row(0.0), row(1.0)];
        let groups = group_within(&positions, 0.25).expect("0.25 arcsec is a radius");
        assert_eq!(groups, [0, 1, 0, 0], "0.0, 0.2, 0.4 arcsec chain at 0.25");
    }

    #[test]
    fn an_invalid_position_stays_alone() {
        let nowhere = SkyPos { ra_deg: f64::NAN, dec_deg: 0.0 };
        assert_eq!(group_within(&[nowhere, nowhere], 1.0).expect("1 arcsec is a radius"), [0, 1]);
    }
}

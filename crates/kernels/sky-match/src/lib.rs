//! Positional cross-match on the sphere: exact, ordered, in memory proportional to the number of rows.
//!
//! * [`match_all`] finds all pairs within a radius and what is left on both sides;
//! * [`ZoneIndex`] is the search structure behind it: declination strips sorted by right ascension;
//! * [`group_within`] joins positions of one list into groups;
//! * [`chance_of_match`], [`expected_chance_share`] and [`shifted_chance_share`] say how many matches chance alone gives.

mod chance;
mod group;
mod pair;
mod radius;
mod zone;

pub use chance::{ShiftedShare, chance_of_match, expected_chance_share, shifted_chance_share};
pub use group::group_within;
pub use pair::{CrossMatch, Pair, Side, match_all};
pub use radius::{MAX_RADIUS_ARCSEC, RadiusError};
pub use zone::{Neighbour, ZoneIndex};

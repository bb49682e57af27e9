//! Judging detections: every one is kept, or dropped for an ordered list of reasons with value and threshold.
//!
//! * [`DetectionRow`] holds what the rules look at; it can be read back from the written table, so that the ledger re-evaluates;
//! * [`Statistics`] are the tile's numbers that rules compare with, frozen before the first rule is asked;
//! * [`judge`] applies one of three rule sets ([`RuleSet`]); [`reasons_of`] does it for one row;
//! * [`spike_stars`] finds the bright stars that the spike rules look at, [`validate_pairs`] recomputes stored separations;
//! * [`sight`] asks whether a catalogue sees the tile at all, [`displacement`] whether survivors stand beside their stars;
//! * [`moved`] finds the survivors that a modern catalogue has elsewhere;
//! * [`duplicates`] and [`repeats`] look across the tiles of a run.
//!
//! What is kept is "on the plate and in no survey that was asked": a star or a defect; nothing here tells which.

mod accepts;
mod brightness;
mod clip;
mod context;
mod displacement;
mod judge;
mod linked;
mod moved;
mod params;
mod reason;
mod row;
mod rules;
mod sight;
mod spike;
mod validator;

pub use clip::{Clip, Statistics};
pub use context::{EdgeDistance, edge_distance, local_fwhm_ratios};
pub use displacement::{Displacement, DisplacementParams, displacement};
pub use judge::{Verdict, judge};
pub use linked::{LinkedRow, duplicates, repeats};
pub use moved::{ModernCatalogue, ModernSource, Moved, MovedParams, Survivor, moved};
pub use params::{
    CalibratedParams, EdgeParams, EvidenceParams, JudgeParams, Order, RuleSet, SolanoParams, SpikeParams, SpikePick,
};
pub use reason::{Reason, Rule};
pub use row::{DetectionRow, Extent, NearStar, SpikeStars, Veto};
pub use rules::reasons_of;
pub use sight::{Sight, SightParams, Witness, sight};
pub use spike::{CatalogueStar, spike_stars};
pub use validator::{PairFault, StoredPair, Validation, validate_pairs};

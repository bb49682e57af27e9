//! What the step reads.

use products::{RawFrameSet, TilePlan};
use step_contract::inputs;

inputs! {
    /// What download reads.
    pub struct DownloadInputs {
        /// The tiles.
        tiles: TilePlan,
        /// Whole plates or single images, where they lie in a folder.
        plates: Option<RawFrameSet>,
    }
}

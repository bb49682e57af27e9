//! The typed products, their schemas and their columns.
//!
//! One file or folder a product: the marker type, its files, the facts of one unit, the payload made from the units, and the columns of its tables.
//! Schemas are derived, checked in under `schemas/` and used for validation; a test rewrites stale ones and fails.

mod adopted;
pub mod candidate_table;
mod ended;
pub mod facts;
pub mod frame_metrics;
pub mod frame_set;
pub mod master_calibration_set;
pub mod match_table;
mod psf_model_set;
mod raw_frame_set;
pub mod reference_catalog;
mod run_archive;
pub mod selection_set;
pub mod source_catalog;
mod summary;
mod target_list;
mod tile_plan;
mod verdict;

use step_contract::ProductEntry;

pub use candidate_table::{CandidateFacts, CandidateFiles, CandidatePayload, CandidateTable};
pub use frame_metrics::{FrameMetrics, FrameMetricsFacts, FrameMetricsFiles, FrameMetricsPayload, MeasuredPlane};
pub use frame_set::{DownloadFacts, FrameFacts, FrameFiles, FrameSet, FrameSetPayload, MaskFacts};
pub use master_calibration_set::{
    MasterCalibrationFacts, MasterCalibrationFiles, MasterCalibrationPayload, MasterCalibrationSet,
};
pub use match_table::{MatchFacts, MatchFiles, MatchPayload, MatchTable, ReferenceMatch, TieFacts};
pub use psf_model_set::{PsfFacts, PsfFiles, PsfModelSet, PsfPayload};
pub use raw_frame_set::{RawFrameFacts, RawFrameFiles, RawFramePayload, RawFrameSet};
pub use reference_catalog::{ReferenceCatalog, ReferenceFacts, ReferenceFiles, ReferencePayload};
pub use run_archive::{RunArchive, RunArchiveFacts, RunArchiveFiles, RunArchivePayload};
pub use selection_set::{SelectionSet, SelectionSetFacts, SelectionSetFiles, SelectionSetPayload};
pub use source_catalog::{SourceCatalog, SourceFacts, SourceFiles, SourcePayload};
pub use summary::{Summary, SummaryFacts, SummaryFiles, SummaryPayload};
pub use target_list::{TargetList, TargetListFacts, TargetListFiles, TargetListPayload};
pub use tile_plan::{TILES, TileFacts, TileFiles, TilePlan, TilePlanPayload};
pub use verdict::{CatalogWord, RowClass, RowState, TileState, VetoStatus};

/// Every product, in the order of the chain.
pub static ALL: &[ProductEntry] = &[
    ProductEntry::of::<TargetList>(),
    ProductEntry::of::<TilePlan>(),
    ProductEntry::of::<RawFrameSet>(),
    ProductEntry::of::<MasterCalibrationSet>(),
    ProductEntry::of::<FrameMetrics>(),
    ProductEntry::of::<SelectionSet>(),
    ProductEntry::of::<FrameSet>(),
    ProductEntry::of::<ReferenceCatalog>(),
    ProductEntry::of::<SourceCatalog>(),
    ProductEntry::of::<PsfModelSet>(),
    ProductEntry::of::<MatchTable>(),
    ProductEntry::of::<CandidateTable>(),
    ProductEntry::of::<Summary>(),
    ProductEntry::of::<RunArchive>(),
];

//! The built-in steps: one line each.

use std::path::PathBuf;

use runner::{BuiltIn, Steps};
use step_harness::StepEntry;

/// Every built-in step, in the order of the chains: survey, night.
pub(crate) static STEPS: &[StepEntry] = &[
    step_harness::entry::<step_tiling::Tiling>(),
    step_harness::entry::<step_download::Download>(),
    step_harness::entry::<step_catalog::Catalog>(),
    step_harness::entry::<step_mask::Mask>(),
    step_harness::entry::<step_detect::Detect>(),
    step_harness::entry::<step_psf::Psf>(),
    step_harness::entry::<step_xmatch::Xmatch>(),
    step_harness::entry::<step_filter::Filter>(),
    step_harness::entry::<step_summarize::Summarize>(),
    step_harness::entry::<step_package::Package>(),
    step_harness::entry::<step_ingest::Ingest>(),
    step_harness::entry::<step_measure::Measure>(),
    step_harness::entry::<step_cull::Cull>(),
    step_harness::entry::<step_masters::Masters>(),
    step_harness::entry::<step_calibrate::Calibrate>(),
    step_harness::entry::<step_register::Register>(),
    step_harness::entry::<step_stack::Stack>(),
];

/// The built-in steps as the runner sees them: run by this very program.
pub(crate) fn all() -> std::io::Result<Steps> {
    Ok(Steps::new(STEPS.iter().map(built_in).collect(), program()?))
}

fn built_in(step: &StepEntry) -> BuiltIn {
    let build = build_identity::of_step(step.id);
    BuiltIn { id: step.id, build, describe: step.describe, resolve: step.resolve }
}

/// This program, as it can be started again (a file that was replaced while it ran is found under its name).
fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

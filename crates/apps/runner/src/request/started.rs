//! A run that was just begun: where its start is refused, nothing of it stays.

use crate::layout::Layout;
use crate::workflow::Workflow;

/// The folder of a run that did not exist before; removed when this is dropped, unless [`Started::stays`] was called.
#[derive(Debug)]
pub(crate) struct Started {
    layout: Option<Layout>,
    workflow: Option<Workflow>,
}

impl Started {
    /// A run that was there before, or a plan.
    pub(super) const fn nothing() -> Self {
        Self { layout: None, workflow: None }
    }

    /// A new run.
    pub(super) const fn run(layout: Layout) -> Self {
        Self { layout: Some(layout), workflow: None }
    }

    /// Its steps: what they left of a refused start goes too.
    pub(super) fn with_steps(&mut self, workflow: &Workflow) {
        self.workflow = Some(workflow.clone());
    }

    /// Something of it was done, or may still be done.
    pub(super) fn stays(mut self) {
        self.layout = None;
    }

    /// Whether a step has left a manifest or a journal.
    fn has_results(&self, layout: &Layout) -> bool {
        let mut steps = self.workflow.iter().flat_map(|workflow| &workflow.steps);
        steps.any(|step| {
            let entries = std::fs::read_dir(layout.step_folder(step)).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name()).any(|name| {
                let name = name.to_string_lossy();
                name.starts_with("manifest") || name.starts_with("units")
            })
        })
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let Some(layout) = self.layout.take() else { return };
        if self.has_results(&layout) {
            return;
        }
        for step in self.workflow.iter().flat_map(|workflow| &workflow.steps) {
            let _ = std::fs::remove_dir_all(layout.step_folder(step));
        }
        if let Err(error) = std::fs::remove_dir_all(layout.run_folder()) {
            tracing::debug!(%error, "the folder of a refused run stays");
        }
    }
}

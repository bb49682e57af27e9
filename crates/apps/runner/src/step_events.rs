//! The events of one step, as the runner takes them: from the step itself, and its own where the step says nothing.

use step_contract::Event;

use crate::events::Recorder;
use crate::report::StepReport;

/// Takes the events of one step.
pub(crate) struct StepEvents<'a> {
    recorder: &'a Recorder,
    label: &'a str,
    started: bool,
}

impl<'a> StepEvents<'a> {
    /// The program of the step is about to be started.
    pub(crate) fn call(recorder: &'a Recorder, label: &'a str, step: &str) -> Self {
        recorder.record(Some(label), Event::StepCalled { step: step.to_owned() });
        Self { recorder, label, started: false }
    }

    /// What the step said. Beginnings and ends of steps and runs are the runner's to say, but for the first one of the step's own.
    pub(crate) fn of_step(&mut self, event: Event) {
        match event {
            Event::RunStarted { .. } | Event::RunEnded { .. } | Event::StepCalled { .. } | Event::StepEnded { .. } => {}
            Event::StepStarted { .. } if self.started => {}
            event => {
                self.started |= matches!(event, Event::StepStarted { .. });
                self.recorder.record(Some(self.label), event);
            }
        }
    }

    /// The step has ended; one that told nothing of its units (a foreign one, or one that was refused) is said to have started now.
    pub(crate) fn end(mut self, report: &StepReport) {
        let units: u64 = report.units.values().sum();
        if !self.started {
            self.of_step(Event::StepStarted { units, to_make: units.saturating_sub(report.reused) });
        }
        let StepReport { exit, reused, seconds, .. } = *report;
        self.recorder.record(Some(self.label), Event::StepEnded { exit, units: report.units.clone(), reused, seconds });
    }
}

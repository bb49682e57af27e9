//! The events of a step: JSON lines to the descriptor that the runner gave, or the display of a step that is run by hand.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use step_contract::Event;

use crate::display::Display;

/// Log lines of this target say what an event says already.
pub(crate) const TOLD: &str = "step_harness::told";
/// Progress is told at most so often.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Where the events of one run of a step go. Nobody reading them is no error.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    consumer: Consumer,
    done: u64,
    of: u64,
    begun: Option<Instant>,
    told: Option<Instant>,
}

#[derive(Default)]
enum Consumer {
    #[default]
    Nobody,
    Lines(Box<dyn Write + Send>),
    People(Display),
}

impl std::fmt::Debug for Events {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Events")
    }
}

impl Events {
    fn to(consumer: Consumer) -> Self {
        Self(Arc::new(Mutex::new(State { consumer, ..State::default() })))
    }

    /// To the terminal of a step that is run by hand: a bar where there is one; its log lines say the rest.
    pub(crate) fn to_terminal(label: &str, wanted: bool) -> Self {
        if wanted { Self::to(Consumer::People(Display::bar_only(label))) } else { Self::default() }
    }

    /// To a descriptor that the runner gave. The programs that the step starts do not get it.
    pub(crate) fn to_descriptor(descriptor: u32) -> std::io::Result<Self> {
        /// Above the standard streams.
        const FIRST_FREE: i32 = 3;
        let lines: Box<dyn Write + Send> = match descriptor {
            1 => Box::new(std::fs::File::from(rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), FIRST_FREE)?)),
            other => Box::new(fs_err::File::options().append(true).open(format!("/dev/fd/{other}"))?),
        };
        Ok(Self::to(Consumer::Lines(lines)))
    }

    /// Tells what happened.
    pub(crate) fn tell(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tell(event);
    }

    /// So many units there are, and so many of them are to be made.
    pub(crate) fn begin(&self, units: usize, to_make: usize) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.done, state.of, state.begun) = (0, to_make as u64, Some(Instant::now()));
        state.tell(&Event::StepStarted { units: units as u64, to_make: to_make as u64 });
    }

    /// One of the units to make has ended.
    pub(crate) fn unit_made(&self, event: &Event) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.tell(event);
        state.done += 1;
        if state.done == state.of || state.told.is_none_or(|told| told.elapsed() >= PROGRESS_EVERY) {
            let seconds = state.begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
            let rate = (seconds > 0.0).then(|| (state.done as f64 / seconds * 1e3).round() / 1e3);
            let progress = Event::Progress { done: state.done, of: state.of, units_per_second: rate };
            state.told = Some(Instant::now());
            state.tell(&progress);
        }
    }

    /// Nothing more will be made.
    pub(crate) fn end(&self) {
        if let Consumer::People(display) = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).consumer {
            display.clear();
        }
    }
}

impl State {
    fn tell(&mut self, event: &Event) {
        match &mut self.consumer {
            Consumer::Nobody => {}
            Consumer::People(display) => display.show(None, event),
            Consumer::Lines(lines) => {
                let written = serde_json::to_vec(event).map(|mut line| {
                    line.push(b'\n');
                    lines.write_all(&line)
                });
                if !matches!(written, Ok(Ok(()))) {
                    self.consumer = Consumer::Nobody;
                }
            }
        }
    }
}

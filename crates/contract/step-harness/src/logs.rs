//! Logs: for people on stderr, JSON lines in a file.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::display::AboveBar;
use crate::event_layer::EventLayer;
use crate::events::{Events, TOLD};

/// Own words in full; libraries only when they have something to say.
const OURS: [&str; 5] = ["step_", "sky_", "runner", "skyledger", "products"];

fn targets(of_ours: LevelFilter) -> Targets {
    let others = Targets::new().with_default(LevelFilter::WARN);
    OURS.iter().fold(others, |targets, prefix| targets.with_target(*prefix, of_ours))
}

/// Starts the logs; the file is appended to. What people are told goes to stderr, or to the runner as events.
pub(crate) fn start(file: Option<&Path>, quiet: bool, events: Option<Events>) -> std::io::Result<()> {
    let for_people = events.is_none();
    let told = events
        .map(|events| EventLayer(events).with_filter(targets(LevelFilter::INFO).with_target(TOLD, LevelFilter::OFF)));
    let people = for_people.then(|| {
        fmt::layer()
            .with_writer(|| AboveBar)
            .with_ansi(
                std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            )
            .with_target(false)
            .compact()
            .log_internal_errors(false)
            .with_filter(if quiet { LevelFilter::WARN } else { LevelFilter::INFO })
    });
    let lines = match file {
        None => None,
        Some(path) => {
            if let Some(folder) = path.parent() {
                fs_err::create_dir_all(folder)?;
            }
            let file = fs_err::OpenOptions::new().create(true).append(true).open(path)?;
            Some(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .log_internal_errors(false)
                    .with_writer(Mutex::new(LogFile { file, failed: false }))
                    .with_filter(targets(LevelFilter::DEBUG)),
            )
        }
    };
    // A second start in one process keeps the first.
    let _ = tracing_subscriber::registry().with(people).with(told).with(lines).try_init();
    Ok(())
}

/// The log's file. That it cannot be written is said once, and ends nothing: the results lie elsewhere.
struct LogFile {
    file: fs_err::File,
    failed: bool,
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes);
        if let Err(error) = &written
            && error.kind() != io::ErrorKind::Interrupted
            && !std::mem::replace(&mut self.failed, true)
        {
            let _ = writeln!(AboveBar, "warning: the log is incomplete: {error}");
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A panic is a log line, not a dump.
pub(crate) fn panics_to_log() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "{}", panic.payload_as_str().unwrap_or("a mistake in the program"));
    }));
}

//! Numbers the events of a run, appends them to `events.jsonl` and hands them on.

use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use step_contract::{Event, EventLine};

/// Writes the stream of one run.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<std::fs::File>,
    number: u64,
    listener: Option<Sender<EventLine>>,
}

impl Recorder {
    /// Goes on with the stream in that file. A disk that refuses it ends nothing: the stream then reaches the listener only.
    pub(crate) fn open(path: &Path, listener: Option<Sender<EventLine>>) -> Self {
        let (file, number) = match append_to(path) {
            Ok((file, number)) => (Some(file), number),
            Err(error) => {
                tracing::warn!("{}: {error}: this run has no stream of events on disk", path.display());
                (None, 0)
            }
        };
        Self { state: Mutex::new(State { file, number, listener }) }
    }

    /// Writes what happened to the run, or to the step of a label.
    pub(crate) fn record(&self, label: Option<&str>, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.number += 1;
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let line = EventLine { number: state.number, time, label: label.map(str::to_owned), event };
        if let (Some(file), Ok(mut text)) = (&mut state.file, serde_json::to_vec(&line)) {
            text.push(b'\n');
            if let Err(error) = file.write_all(&text) {
                tracing::warn!("events.jsonl is incomplete: {error}");
                state.file = None;
            }
        }
        if let Some(listener) = &state.listener {
            // Who stopped listening wants no more.
            let _ = listener.send(line);
        }
    }
}

/// The file, opened for appending, and the last number in it. What a killed command left of a line is ended.
fn append_to(path: &Path) -> std::io::Result<(std::fs::File, u64)> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let before = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut file = std::fs::File::options().create(true).append(true).open(path)?;
    if !before.is_empty() && !before.ends_with(b"\n") {
        file.write_all(b"\n")?;
    }
    let lines = before.split(|byte| *byte == b'\n').rev();
    let last = lines.filter_map(|line| serde_json::from_slice::<EventLine>(line).ok()).next();
    Ok((file, last.map_or(0, |line| line.number)))
}

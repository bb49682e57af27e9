//! Reads the stream of a run, in this process or another one, while it is written.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use step_contract::EventLine;

use crate::run_lock::{WHOLE, is_locked};

/// How often a follower looks for new lines.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The lines of `events.jsonl` from a number on; it ends when the run has ended and every line was given.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    from_number: u64,
    file: Option<BufReader<File>>,
    /// Where the first line lies that was not given yet.
    offset: u64,
}

/// Follows the stream of a run: first the lines that are there, then those that come. A file that is not there yet is waited for while a
/// command holds the run.
pub fn follow(path: &Path, from_number: u64) -> Follow {
    Follow { path: path.to_owned(), from_number, file: None, offset: 0 }
}

impl Follow {
    /// The next whole line; `None` where there is none yet.
    fn next_line(&mut self) -> io::Result<Option<String>> {
        if self.file.is_none() {
            match File::open(&self.path) {
                Ok(file) => self.file = Some(BufReader::new(file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let Some(file) = &mut self.file else { return Ok(None) };
        let mut line = String::new();
        let length = file.read_line(&mut line)? as u64;
        if line.ends_with('\n') {
            self.offset += length;
            return Ok(Some(line));
        }
        // Half of a line: it is read again when it is whole.
        file.seek(SeekFrom::Start(self.offset))?;
        Ok(None)
    }

    /// Whether nobody writes any more: the lock of the run, or of the shard, whose stream it is, is free.
    fn is_over(&self) -> bool {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let shard = name.strip_suffix(".events.jsonl");
        let lock = shard.map_or_else(|| WHOLE.to_owned(), |shard| format!("{shard}.lock"));
        !is_locked(&self.path.with_file_name(lock))
    }
}

impl Iterator for Follow {
    type Item = io::Result<EventLine>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // Asked first: what was written before the end is read after it.
            let is_over = self.is_over();
            match self.next_line() {
                Err(error) => return Some(Err(error)),
                Ok(None) if is_over => return None,
                Ok(None) => std::thread::sleep(LOOK_EVERY),
                Ok(Some(text)) => {
                    // A line that a killed command left half written is none.
                    let Ok(line) = serde_json::from_str::<EventLine>(&text) else { continue };
                    if line.number >= self.from_number {
                        return Some(Ok(line));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use step_contract::Event;

    use super::*;
    use crate::events::Recorder;
    use crate::layout::Layout;
    use crate::run_lock::RunLock;

    fn message(text: &str) -> Event {
        Event::Message { is_error: false, unit: None, message: text.to_owned() }
    }

    fn ended() -> Event {
        Event::RunEnded { exit: 0, found: std::collections::BTreeMap::new(), stopped: None, resume: None }
    }

    #[test]
    fn a_follower_sees_what_is_written_while_it_waits_and_ends_with_the_run() {
        let root = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: root.path().to_owned(), run_id: "run-1".to_owned() };
        let lock = RunLock::take(&layout, None).expect("free");
        let path = layout.events(None);
        let follower = std::thread::spawn({
            let path = path.clone();
            move || follow(&path, 2).map(|line| line.expect("a line").number).collect::<Vec<_>>()
        });
        let recorder = Recorder::open(&path, None);
        for text in ["one", "two", "three"] {
            recorder.record(None, message(text));
            std::thread::sleep(Duration::from_millis(60));
        }
        recorder.record(None, ended());
        drop(lock);
        assert_eq!(follower.join().expect("it ends"), [2, 3, 4]);
    }

    #[test]
    fn a_resumed_run_goes_on_counting_after_a_torn_line() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("events.jsonl");
        Recorder::open(&path, None).record(None, message("before"));
        let mut torn = std::fs::read(&path).expect("a line");
        torn.extend_from_slice(b"{\"number\":2,\"ti");
        std::fs::write(&path, torn).expect("a torn line");
        Recorder::open(&path, None).record(None, ended());
        let numbers: Vec<u64> = follow(&path, 0).map(|line| line.expect("a line").number).collect();
        assert_eq!(numbers, [1, 2], "the torn line was never told to anybody");
    }
}

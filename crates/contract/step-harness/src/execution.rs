//! `execution` of a manifest: what two equal runs need not share.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use crate::config::Resolved;
use crate::memory::peak_of_process;
use crate::options::Options;
use crate::session::Session;

/// When a run began, by both clocks.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    /// UTC, whole seconds.
    pub(crate) utc: String,
    clock: Instant,
}

impl Begin {
    pub(crate) fn now() -> Self {
        Self { utc: timestamp(), clock: Instant::now() }
    }
}

/// Times, host, threads, memory, what was reused, notes and attempts of units, folders and addresses from outside, command line.
pub(crate) fn execution(
    session: &Session,
    options: &Options,
    begin: &Begin,
    config: &Resolved,
    threads: usize,
) -> Value {
    let state = session.state();
    let folders: BTreeMap<&String, String> =
        session.bound().external.iter().map(|(name, folder)| (name, folder.display().to_string())).collect();
    let mut execution = json!({
        "started": begin.utc,
        // mark: seconds-recorded
        "seconds": (begin.clock.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        "host": host(),
        "threads": threads,
        "memory": memory(state.memory_declared_bytes),
        "reused": state.reused,
        "attempts": state.attempts,
        "notes": state.notes,
        "inputs": folders,
        "services": session.services,
        "config": config.execution,
        "command": options.command,
    });
    if let Some(members) = execution.as_object_mut() {
        members.retain(|_, value| {
            value.as_array().is_none_or(|items| !items.is_empty())
                && value.as_object().is_none_or(|members| !members.is_empty())
                && value != ""
        });
    }
    execution
}

fn timestamp() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default()
}

/// What the units at work at one time were said to take at most, with the program itself, and the peak of resident memory that the system
/// measured for this process. Nothing where no unit was made.
fn memory(declared_bytes: u64) -> Value {
    let mut memory = serde_json::Map::new();
    if declared_bytes > 0 {
        memory.insert("declared_bytes".to_owned(), declared_bytes.into());
        if let Some(peak) = peak_of_process() {
            memory.insert("peak_bytes".to_owned(), peak.into());
        }
    }
    Value::Object(memory)
}

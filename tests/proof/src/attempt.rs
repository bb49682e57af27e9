//! Reading in this process what somebody else made: in a thread of its own, with a time limit and a ceiling of memory.

use std::sync::mpsc;
use std::time::Duration;

/// How long one reading may take and how much it may add to the memory of this process.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Longer is a hang.
    pub seconds: u64,
    /// Growth of the peak of resident memory, MiB.
    pub memory_mib: u64,
}

/// What `read` answers; an error where it panics, takes too long or takes too much memory.
///
/// # Errors
/// What went beyond which bound.
pub fn within<T: Send + 'static>(bounds: Bounds, read: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let before = begin_peak();
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::Builder::new().name("attempt".to_owned()).stack_size(8 << 20).spawn(move || {
        let _ = sender.send(read());
    });
    let thread = thread.map_err(|error| format!("no thread: {error}"))?;
    let answer = match receiver.recv_timeout(Duration::from_secs(bounds.seconds)) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => return Err(format!("hangs: {} s and no answer", bounds.seconds)),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = thread.join().err();
            let text = panic.as_ref().and_then(|panic| {
                panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            });
            return Err(format!("panics: {}", text.unwrap_or_default()));
        }
    };
    let _ = thread.join();
    if let (Some(before), Some(peak)) = (before, kib_of("VmHWM:")) {
        let grown = peak.saturating_sub(before) / 1024;
        if grown > bounds.memory_mib {
            return Err(format!("takes {grown} MiB, the ceiling is {}", bounds.memory_mib));
        }
    }
    Ok(answer)
}

/// Whether this machine tells the peak of memory anew for each attempt (Linux).
pub fn measures_memory() -> bool {
    begin_peak().is_some()
}

/// Lets the peak of resident memory begin anew; the memory now, KiB.
fn begin_peak() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    kib_of("VmRSS:")
}

fn kib_of(entry: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(entry))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

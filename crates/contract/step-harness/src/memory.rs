//! The memory of this process and of the machine, as Linux tells it.

/// What the program itself takes beside its units: code, thread stacks, manifests, buffers of log and files. An allowance, not a
/// measurement: the tests of detect and psf hold the sum with a unit's own figure against the measured peak.
pub(crate) const PROCESS_BYTES: u64 = 32 << 20;

/// Half of the machine's memory; 2 GiB where it does not say.
pub(crate) fn half_of_memory() -> u64 {
    const UNKNOWN: u64 = 2 << 30;
    field("/proc/meminfo", "MemTotal:").map_or(UNKNOWN, |bytes| bytes / 2)
}

/// Peak of resident memory of this process so far; `None` where the system does not say.
pub(crate) fn peak_of_process() -> Option<u64> {
    field("/proc/self/status", "VmHWM:")
}

/// Bytes in words: `1.25 GiB`.
pub(crate) fn shown(bytes: u64) -> String {
    match bytes {
        0..0x4000_0000 => format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20)),
        _ => format!("{:.2} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

/// A line of kibibytes of a file below `/proc`.
fn field(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

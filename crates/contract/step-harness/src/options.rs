//! What a run of a step is asked to do, from the command line or from a test.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use step_contract::Shard;

/// The request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) label: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) out: PathBuf,
    pub(crate) also: Option<String>,
    pub(crate) config_file: Option<PathBuf>,
    /// Laid over the file, in order: flags, `--set`, a test's TOML.
    pub(crate) settings: Vec<(String, Value)>,
    pub(crate) overlays: Vec<Value>,
    pub(crate) read: Vec<(String, PathBuf)>,
    pub(crate) input: Vec<(String, PathBuf)>,
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) shard: Option<Shard>,
    pub(crate) only: Option<String>,
    pub(crate) threads: Option<usize>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) root: Option<PathBuf>,
    pub(crate) cache: Option<PathBuf>,
    pub(crate) library: Option<PathBuf>,
    pub(crate) log: Option<PathBuf>,
    pub(crate) parent_pipe: Option<u32>,
    pub(crate) events_fd: Option<u32>,
    pub(crate) max_failed_units: Option<usize>,
    pub(crate) keep_unlisted: bool,
    pub(crate) dry_run: bool,
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) command: Vec<String>,
}

impl Options {
    /// The command line that resumes this run, quoted for a shell; none under a runner, whose own command resumes the chain.
    pub(crate) fn resume(&self) -> Option<String> {
        let typed = !self.command.is_empty() && self.parent_pipe.is_none();
        typed.then(|| self.command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
    }
}

/// `NAME=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not NAME=VALUE")),
    }
}

/// Bytes, with K, M, G or T for powers of 1024.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size: give bytes, or a number with K, M, G or T");
    let text_upper = text.trim().trim_end_matches(['B', 'b', 'i']).to_ascii_uppercase();
    let (digits, shift) = match text_upper.char_indices().last() {
        Some((at, 'K')) => (&text_upper[..at], 10),
        Some((at, 'M')) => (&text_upper[..at], 20),
        Some((at, 'G')) => (&text_upper[..at], 30),
        Some((at, 'T')) => (&text_upper[..at], 40),
        _ => (text_upper.as_str(), 0),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

fn quoted(word: &str) -> String {
    let plain =
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+=:,@%".contains(letter));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line_are_read() {
        assert_eq!(bytes("2G"), Ok(2 << 30));
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("1000"), Ok(1000));
        assert!(bytes("lots").is_err());
        assert_eq!(pair("frames=a=b.fits"), Ok(("frames".to_owned(), "a=b.fits".to_owned())));
        assert!(pair("=x").is_err());
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}

//! System calls on files below a root, as the shim or strace saw them.

use std::path::Path;
use std::process::Command;

use crate::stage::{Shim, Survey, text};

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// What was done.
    pub(super) deed: Deed,
    /// By which thread.
    pub(super) thread: u64,
    /// To which file or folder.
    pub(super) path: String,
    /// Its new name.
    pub(super) to: String,
}

/// What a call did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Opened a file that may be new.
    Create,
    /// Made a folder.
    MakeFolder,
    /// Wrote.
    Write,
    /// Synced a file or a folder.
    Sync,
    /// Gave it another name.
    Rename,
    /// Took its name.
    Unlink,
}

/// An undisturbed run with the shim's notes.
pub(super) fn of_shim(survey: &Survey, shim: &Shim) -> Result<Vec<Call>, String> {
    let root = survey.root("traced")?;
    let trace = root.with_extension("trace");
    let mut command = survey.command(&root);
    shim.below(&mut command, &root, &[("SHIM_TRACE", trace.display().to_string())]);
    survey.run_command(&root, 0, &mut command)?.done()?;
    survey.is_undisturbed(&root)?;
    let text = fs_err::read_to_string(&trace).map_err(|error| at(&trace, error))?;
    survey.forget(&root);
    Ok(text.lines().filter_map(|line| noted(line, &root)).collect())
}

fn noted(line: &str, root: &Path) -> Option<Call> {
    let mut words = line.split('\t');
    let deed = match words.next()? {
        "create" => Deed::Create,
        "mkdir" => Deed::MakeFolder,
        "write" => Deed::Write,
        "fsync" => Deed::Sync,
        "rename" => Deed::Rename,
        "unlink" => Deed::Unlink,
        _ => return None,
    };
    let thread = words.next()?.parse().ok()?;
    Some(Call { deed, thread, path: below(words.next()?, root)?, to: below(words.next()?, root).unwrap_or_default() })
}

/// An undisturbed run under strace.
pub(super) fn of_strace(survey: &Survey) -> Result<Vec<Call>, String> {
    const CALLS: &str = "trace=open,openat,mkdir,mkdirat,write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat";
    let root = survey.root("straced")?;
    let trace = root.with_extension("strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "0", "-e", CALLS, "-o"]).arg(&trace).arg(survey.program());
    command.args(survey.words(&root, crate::stage::RUN_ID));
    survey.run_command(&root, 0, &mut command)?.done()?;
    survey.is_undisturbed(&root)?;
    let bytes = fs_err::read(&trace).map_err(|error| at(&trace, error))?;
    survey.forget(&root);
    Ok(String::from_utf8_lossy(&bytes).lines().filter_map(|line| traced(line, &root)).collect())
}

/// `1234 fsync(5</root/data/file>) = 0`; the second half of a call that was interrupted by another thread's line does not count again.
fn traced(line: &str, root: &Path) -> Option<Call> {
    let (thread, call) = line.trim_start().split_once(' ')?;
    let (name, arguments) = call.trim_start().split_once('(')?;
    if arguments.contains(" = -1 ") {
        return None;
    }
    let deed = match name {
        "open" | "openat" if arguments.contains("O_CREAT") => Deed::Create,
        "mkdir" | "mkdirat" => Deed::MakeFolder,
        "write" | "writev" | "pwrite64" => Deed::Write,
        "fsync" | "fdatasync" => Deed::Sync,
        "rename" | "renameat" | "renameat2" => Deed::Rename,
        "unlink" | "unlinkat" => Deed::Unlink,
        _ => return None,
    };
    let names: Vec<&str> = match deed {
        // The file behind the descriptor.
        Deed::Write | Deed::Sync => vec![arguments.split_once('<')?.1.split_once('>')?.0],
        _ => arguments.split('"').skip(1).step_by(2).collect(),
    };
    let path = below(names.first()?, root)?;
    let to = names.get(1).and_then(|name| below(name, root)).unwrap_or_default();
    Some(Call { deed, thread: thread.parse().ok()?, path, to })
}

/// The path below the root; logs, events and the cache of sums are no results.
fn below(path: &str, root: &Path) -> Option<String> {
    let name = Path::new(path).strip_prefix(root).ok()?.display().to_string();
    let is_execution = name.ends_with("sums.jsonl") || name.ends_with("events.jsonl");
    (!name.starts_with("logs/") && name != "logs" && !is_execution).then_some(name)
}

/// The text of an error behind a path.
fn at(path: &std::path::Path, error: impl ToString) -> String {
    format!("{}: {}", path.display(), text(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_strace_are_read() {
        let root = Path::new("/r");
        let call = |line: &str| traced(line, root).map(|call| (call.deed, call.thread, call.path, call.to));
        let sync = call("12 fsync(5</r/data/.writing-a>)            = 0");
        assert_eq!(sync, Some((Deed::Sync, 12, "data/.writing-a".to_owned(), String::new())));
        let rename = call("7 rename(\"/r/data/.writing-a\", \"/r/data/a\") = 0");
        assert_eq!(rename, Some((Deed::Rename, 7, "data/.writing-a".to_owned(), "data/a".to_owned())));
        let interrupted = call("7 write(5</r/data/a>, \"\"..., 10 <unfinished ...>");
        assert_eq!(interrupted, Some((Deed::Write, 7, "data/a".to_owned(), String::new())));
        assert_eq!(call("7 <... write resumed>) = 10"), None);
        assert_eq!(call("7 unlink(\"/r/x\") = -1 ENOENT (No such file or directory)"), None);
        assert_eq!(call("7 write(5</elsewhere/a>, \"\"..., 10) = 10"), None);
    }
}

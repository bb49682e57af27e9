//! Streams that are closed, or full.

use std::path::Path;

use super::answer::Answer;
use crate::Case;
use crate::stage::{RUN_ID, Survey, in_shell};

/// The cases.
pub(super) fn cases(survey: &Survey) -> Vec<Case> {
    let closed = [
        ("stdout closed", ">&-"),
        ("stdin closed", "<&-"),
        ("stderr closed", "2>&-"),
        ("every stream closed", "<&- >&- 2>&-"),
    ];
    let mut cases: Vec<Case> =
        closed.iter().map(|(name, streams)| Case::of(*name, through(survey, name, streams))).collect();
    cases.push(Case::of("a pipe that is closed early", early(survey)));
    cases.push(Case::of("stdout on a full device", full_device(survey)));
    cases
}

fn line(survey: &Survey, root: &Path) -> String {
    let quoted = |word: &str| format!("'{}'", word.replace('\'', r"'\''"));
    let words = survey.words(root, RUN_ID);
    let program = survey.program().display().to_string();
    std::iter::once(program).chain(words).map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

fn through(survey: &Survey, name: &str, streams: &str) -> Answer {
    let root = survey.root(&name.replace(' ', "-"))?;
    let ended = in_shell(&format!("{} {streams}", line(survey, &root)), &survey.said(&root, 0))?.done()?;
    no_panic(&ended.stderr)?;
    survey.is_undisturbed(&root)?;
    Ok("exit 0, the undisturbed tree".to_owned())
}

/// The reader leaves before the first line.
fn early(survey: &Survey) -> Answer {
    let root = survey.root("pipe")?;
    let code = root.with_extension("code");
    let text = format!("{{ {}; echo $? >'{}'; }} | true", line(survey, &root), code.display());
    let ended = in_shell(&text, &survey.said(&root, 0))?;
    no_panic(&ended.stderr)?;
    let code = fs_err::read_to_string(&code).map_err(|error| error.to_string())?;
    if code.trim() != "0" {
        return Err(format!("exit code {}, expected 0", code.trim()));
    }
    survey.is_undisturbed(&root)?;
    Ok("exit 0, the undisturbed tree".to_owned())
}

/// What was to be printed is lost: that is an error of the disk, and of nothing else.
fn full_device(survey: &Survey) -> Answer {
    let root = survey.root("full-device")?;
    let ended = in_shell(&format!("{} >/dev/full", line(survey, &root)), &survey.said(&root, 0))?;
    let error = ended.one_error(runner::exit::DISK.into())?.to_owned();
    survey.is_undisturbed(&root)?;
    Ok(format!("exit 74 ({error}), the undisturbed tree"))
}

fn no_panic(stderr: &str) -> Result<(), String> {
    if stderr.contains("panicked") { Err(format!("a panic: {stderr}")) } else { Ok(()) }
}

//! What a message of refusal must hold: the file, the place, what was found, what was expected, and what to do.

/// Whether a message names `file`, a place, what was found, what was expected and a cure.
///
/// # Errors
/// What is missing.
pub fn complete(message: &str, file: &str) -> Result<(), String> {
    let missing = |what: &str| Err(format!("the message names no {what}: {message}"));
    let Some((_, after)) = message.split_once(file) else { return missing("file") };
    if !message.contains("found ") && !message.contains("cannot be read") {
        return missing("finding");
    }
    if !message.contains("expected ") && !message.contains("cannot be read") {
        return missing("expectation");
    }
    let Some((before, cure)) = message.rsplit_once("; ") else { return missing("cure") };
    if cure.trim().len() < 5 || before.len() < file.len() {
        return missing("cure");
    }
    let place = after.split("found ").next().unwrap_or_default().trim_matches([':', ' ', ',', ';']);
    if place.is_empty() && !message.contains("beginning") && !message.contains(" byte") && !message.contains("line ") {
        return missing("place");
    }
    if message.contains('\n') {
        return Err(format!("the message has several lines: {message:?}"));
    }
    Ok(())
}

//! Command lines that a user can copy: quoted for a shell, no wider than a terminal.

/// Width of a line.
const COLUMNS: usize = 80;

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The words as one line.
pub fn line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// The words over as many lines as they need, indented, each but the last ending in a backslash.
pub fn folded(words: &[String], indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut current = " ".repeat(indent);
    for word in words.iter().map(|word| quoted(word)) {
        let is_empty = current.trim().is_empty();
        if !is_empty && current.len() + 1 + word.len() + 2 > COLUMNS {
            lines.push(format!("{current} \\"));
            current = " ".repeat(indent + 4);
            current.push_str(&word);
        } else {
            current.push_str(if is_empty { "" } else { " " });
            current.push_str(&word);
        }
    }
    lines.push(current);
    lines.join("\n")
}

/// The words without an option that has a value (`--name value` or `--name=value`).
pub fn without(words: &[String], option: &str) -> Vec<String> {
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == option {
            words.next();
        } else if word.strip_prefix(option).is_none_or(|value| !value.starts_with('=')) {
            rest.push(word.clone());
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn an_option_is_taken_out_in_both_spellings() {
        let rest = words("skyledger run vanished --run-id r");
        assert_eq!(without(&words("skyledger run vanished --shard 1/4 --run-id r"), "--shard"), rest);
        assert_eq!(without(&words("skyledger run vanished --run-id r --shard=1/4"), "--shard"), rest);
    }

    #[test]
    fn a_long_command_is_folded_and_quoted() {
        let mut long = words("skyledger run vanished --run-id run-20261121_000000 --root data");
        long.extend(["--set".to_owned(), "tiling.tile_size=\"9x9\"".to_owned(), "--to-step".to_owned()]);
        let folded = folded(&long, 2);
        assert!(folded.lines().count() > 1 && folded.lines().all(|line| line.len() <= COLUMNS), "{folded}");
        let joined = folded.replace("\\\n", " ");
        let expected: Vec<String> = long.iter().map(|word| quoted(word)).collect();
        assert_eq!(joined.split_whitespace().collect::<Vec<_>>(), expected);
    }
}

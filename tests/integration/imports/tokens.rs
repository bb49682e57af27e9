//! Rust source as words and signs: comments, texts and characters left out.

/// The tokens of a source: names as they are, `::` as one sign, every other sign alone. A text or number is left out.
pub(super) fn tokens(source: &str) -> Vec<String> {
    let letters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        match letters[at] {
            '/' if next == '/' => at = end_of(&letters, at, |rest| rest[0] == '\n'),
            '/' if next == '*' => at = end_of_comment(&letters, at),
            '"' => at = end_of_text(&letters, at),
            'r' | 'b' | 'c' if raw_hashes(&letters, at).is_some() => at = end_of_raw(&letters, at),
            'b' if next == '"' => at += 1,
            '\'' if next == '\\' => at = end_of_text_by(&letters, at, '\''),
            '\'' if letters.get(at + 2) == Some(&'\'') => at += 3,
            '\'' => at += 1,
            letter if letter.is_alphanumeric() || letter == '_' => {
                let end = end_of(&letters, at, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
                if !letter.is_ascii_digit() {
                    tokens.push(letters[at..end].iter().collect());
                }
                at = end;
            }
            ':' if next == ':' => {
                tokens.push("::".to_owned());
                at += 2;
            }
            letter => {
                if !letter.is_whitespace() {
                    tokens.push(letter.to_string());
                }
                at += 1;
            }
        }
    }
    tokens
}

fn end_of(letters: &[char], from: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (from..letters.len()).find(|at| is_end(&letters[*at..])).unwrap_or(letters.len())
}

fn end_of_comment(letters: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at + 1 < letters.len() {
        match (letters[at], letters[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    letters.len()
}

fn end_of_text(letters: &[char], from: usize) -> usize {
    end_of_text_by(letters, from, '"')
}

fn end_of_text_by(letters: &[char], from: usize, quote: char) -> usize {
    let mut at = from + 1;
    while at < letters.len() && letters[at] != quote {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// How many `#` a raw text that begins here has; `None` where none begins.
fn raw_hashes(letters: &[char], from: usize) -> Option<usize> {
    let before = from.checked_sub(1).map(|at| letters[at]);
    let r = if letters[from] == 'r' { from } else { from + 1 };
    if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') || letters.get(r) != Some(&'r') {
        return None;
    }
    let hashes = letters[r + 1..].iter().take_while(|letter| **letter == '#').count();
    (letters.get(r + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn end_of_raw(letters: &[char], from: usize) -> usize {
    let hashes = raw_hashes(letters, from).unwrap_or_default();
    let begin = end_of(letters, from, |rest| rest[0] == '"') + 1;
    let closes =
        |rest: &[char]| rest[0] == '"' && rest[1..].iter().take_while(|letter| **letter == '#').count() >= hashes;
    end_of(letters, begin, closes) + 1 + hashes
}

#[test]
fn comments_texts_and_lifetimes_are_no_names() {
    let source = "/* a /* b */ */ fn go<'x>(t: &'x str) { let c = '\"'; r#\"d \" e\"#; \"f\\\"g\"; 1u8; h::i // j\n}";
    let found = tokens(source).into_iter().filter(|token| token.starts_with(char::is_alphabetic)).collect::<Vec<_>>();
    assert_eq!(found, ["fn", "go", "x", "t", "x", "str", "let", "c", "h", "i"]);
}

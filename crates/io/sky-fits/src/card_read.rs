//! Header blocks to cards (FITS standard 4.0, section 4; CONTINUE: section 4.2.1.2; HIERARCH: ESO convention).

use sky_image::{CardValue, Header};

use crate::FitsErrorKind;

/// Bytes of a card.
pub(crate) const CARD_BYTES: usize = 80;

/// Reads the cards of a header up to END. Bytes that are not printable ASCII become `?` in values and comments, and
/// are refused in keywords.
pub(crate) fn parse_header(bytes: &[u8]) -> Result<Header, FitsErrorKind> {
    let mut header = Header::new();
    let mut open_string: Option<OpenString> = None;
    for (number, card) in bytes.chunks_exact(CARD_BYTES).enumerate() {
        let keyword = keyword_of(card, number)?;
        if keyword == "CONTINUE"
            && let Some(open) = open_string.take()
        {
            open_string = open.continued(&text_of(&card[8..]));
            if let Some(done) = open_string.take_if(|open| !open.goes_on) {
                done.push_to(&mut header);
            }
            continue;
        }
        if let Some(open) = open_string.take() {
            open.push_to(&mut header);
        }
        if keyword == "END" && card[3..].iter().all(|byte| *byte == b' ') {
            return Ok(header);
        }
        open_string = push_card(&mut header, &keyword, card);
    }
    Err(FitsErrorKind::header("END", "no such card", "END as the last card of the header"))
}

/// Whether the card is END.
pub(crate) fn is_end(card: &[u8]) -> bool {
    card.starts_with(b"END") && card[3..].iter().all(|byte| *byte == b' ')
}

/// The value and the comment of a value field (the bytes after `=`).
pub(crate) fn parse_value(field: &str) -> (CardValue, String) {
    let field = field.trim_start();
    if field.starts_with('\'') {
        let (text, rest) = quoted(field);
        return (CardValue::Text(text.trim_end().to_owned()), comment_of(rest));
    }
    let (value, comment) = field.split_once('/').unwrap_or((field, ""));
    let value = value.trim();
    let value = match value {
        "" => CardValue::None,
        "T" => CardValue::Logical(true),
        "F" => CardValue::Logical(false),
        _ => parse_number(value).unwrap_or_else(|| CardValue::Text(value.to_owned())),
    };
    (value, comment.trim().to_owned())
}

/// A number as FITS writes it (D exponents too), or `None`.
fn parse_number(text: &str) -> Option<CardValue> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map(CardValue::Integer).or_else(|_| text.parse().map(CardValue::Real)).ok();
    }
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let real: f64 = text.replace(['D', 'd'], "E").parse().ok()?;
    real.is_finite().then_some(CardValue::Real(real))
}

/// A string that ends in `&` and may go on in CONTINUE cards.
struct OpenString {
    keyword: String,
    text: String,
    comment: String,
    goes_on: bool,
}

impl OpenString {
    fn continued(mut self, field: &str) -> Option<Self> {
        self.text.pop(); // the ampersand
        if let (CardValue::Text(more), comment) = parse_value(field) {
            self.text.push_str(&more);
            if !comment.is_empty() {
                self.comment = [self.comment, comment].concat();
            }
        }
        self.goes_on = self.text.ends_with('&');
        Some(self)
    }

    fn push_to(self, header: &mut Header) {
        header.push(&self.keyword, CardValue::Text(self.text), &self.comment);
    }
}

fn push_card(header: &mut Header, keyword: &str, card: &[u8]) -> Option<OpenString> {
    let is_commentary = matches!(keyword, "COMMENT" | "HISTORY" | "");
    let (keyword, field) = if !is_commentary && card[8] == b'=' {
        (keyword.to_owned(), text_of(&card[9..]))
    } else if keyword == "HIERARCH"
        && let Some((long, field)) = text_of(&card[8..]).split_once('=')
    {
        (long.trim().to_ascii_uppercase(), field.to_owned())
    } else {
        let text = text_of(&card[8..]);
        if !(keyword.is_empty() && text.trim().is_empty()) {
            header.push(keyword, CardValue::None, text.trim_end());
        }
        return None;
    };
    let (value, comment) = parse_value(&field);
    if let CardValue::Text(text) = &value
        && text.ends_with('&')
    {
        return Some(OpenString { keyword, text: text.clone(), comment, goes_on: true });
    }
    header.push(&keyword, value, &comment);
    None
}

fn keyword_of(card: &[u8], number: usize) -> Result<String, FitsErrorKind> {
    let keyword = &card[..8];
    if keyword.iter().any(|byte| !(b' '..=b'~').contains(byte)) {
        let found = crate::source::printable(keyword);
        return Err(FitsErrorKind::header(&format!("of card {}", number + 1), found, "printable ASCII"));
    }
    Ok(String::from_utf8_lossy(keyword).trim_end().to_ascii_uppercase())
}

fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '?' }).collect()
}

/// The content of the quoted string at the start of the field, and what follows it. Without a closing quote the
/// string ends with the card.
fn quoted(field: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = &field[1..];
    while let Some(quote) = rest.find('\'') {
        text.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                text.push('\'');
                rest = after;
            }
            None => return (text, rest),
        }
    }
    text.push_str(rest);
    (text, "")
}

fn comment_of(rest: &str) -> String {
    rest.split_once('/').map_or("", |(_, comment)| comment).trim().to_owned()
}

//! Cards to header blocks: fixed format, shortest digits that read back the same, long strings by CONTINUE.

use sky_image::{Card, CardValue, Header};

use crate::FitsErrorKind;
use crate::card_read::CARD_BYTES;
use crate::hdu::BLOCK_BYTES;

/// Characters of a string that fit one card, quotes excluded.
const STRING_WIDTH: usize = 68;
/// Characters of a piece of a long string, without quotes and `&`.
const PIECE_WIDTH: usize = 67;
/// Characters of a COMMENT or HISTORY card.
const COMMENTARY_WIDTH: usize = 72;

/// Keywords that describe the file that they stand in and are written anew, never copied.
const STRUCTURE: &[&str] = &[
    "SIMPLE", "XTENSION", "BITPIX", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS", "BSCALE", "BZERO", "BLANK", "CHECKSUM",
    "DATASUM", "TFIELDS", "THEAP", "INHERIT", "CONTINUE", "LONGSTRN", "END", "ZIMAGE", "ZTABLE", "ZBITPIX", "ZCMPTYPE",
    "ZQUANTIZ", "ZDITHER0", "ZBLANK", "ZSIMPLE", "ZEXTEND", "ZTENSION", "ZPCOUNT", "ZGCOUNT", "ZHECKSUM", "ZDATASUM",
    "ZMASKCMP", "ZSCALE", "ZZERO", "ZBLOCKED",
];
/// The same followed by a number.
const STRUCTURE_NUMBERED: &[&str] = &[
    "NAXIS", "TTYPE", "TFORM", "TUNIT", "TDISP", "TNULL", "TDIM", "TSCAL", "TZERO", "TBCOL", "ZNAXIS", "ZTILE",
    "ZNAME", "ZVAL", "ZFORM", "ZCTYP",
];

/// The header without the cards that describe the structure of its file (sizes, scaling, checksums, compression,
/// table columns): what may be copied to another file.
pub fn without_structure(header: &Header) -> Header {
    let mut copy = Header::new();
    for card in header.cards() {
        let stem = card.keyword.trim_end_matches(|symbol: char| symbol.is_ascii_digit());
        let is_structure = STRUCTURE.contains(&card.keyword.as_str())
            || STRUCTURE_NUMBERED.contains(&stem)
            || (card.keyword == "EXTNAME" && card.value == CardValue::Text("COMPRESSED_IMAGE".to_owned()));
        if !is_structure {
            copy.push(&card.keyword, card.value.clone(), &card.comment);
        }
    }
    copy
}

/// The header without the cards that no file of ours can hold (a keyword with `=` in it, as `BADREC =`), and what is wrong with
/// each of those: a card of an input that is odd must not make an output fail.
pub fn without_odd_cards(header: &Header) -> (Header, Vec<String>) {
    let mut copy = Header::new();
    let mut odd = Vec::new();
    for card in header.cards() {
        match format_card(card, &mut Vec::new()) {
            Ok(()) => copy.push(&card.keyword, card.value.clone(), &card.comment),
            Err(problem) => odd.push(problem.to_string()),
        }
    }
    (copy, odd)
}

/// The 80-character cards of a header and END, without padding. Where a string goes on in CONTINUE cards, LONGSTRN
/// says so.
pub(crate) fn format_cards(header: &Header) -> Result<Vec<u8>, FitsErrorKind> {
    let mut bytes = Vec::new();
    for card in header.cards() {
        format_card(card, &mut bytes)?;
    }
    if bytes.chunks_exact(CARD_BYTES).any(|card| card.starts_with(b"CONTINUE")) && header.get("LONGSTRN").is_none() {
        let text = CardValue::Text("OGIP 1.0".to_owned());
        let card =
            Card { keyword: "LONGSTRN".to_owned(), value: text, comment: "strings go on in CONTINUE".to_owned() };
        format_card(&card, &mut bytes)?;
    }
    push_card(&mut bytes, "END");
    Ok(bytes)
}

/// The header as blocks of 2880 bytes.
pub(crate) fn format_header(header: &Header) -> Result<Vec<u8>, FitsErrorKind> {
    let mut bytes = format_cards(header)?;
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES as usize), b' ');
    Ok(bytes)
}

fn format_card(card: &Card, bytes: &mut Vec<u8>) -> Result<(), FitsErrorKind> {
    let comment = printable(&card.comment);
    if matches!(card.keyword.as_str(), "COMMENT" | "HISTORY" | "") {
        let pieces = comment.as_bytes().chunks(COMMENTARY_WIDTH).map(String::from_utf8_lossy);
        let mut written = false;
        for piece in pieces {
            push_card(bytes, &format!("{:<8}{piece}", card.keyword));
            written = true;
        }
        if !written {
            push_card(bytes, &card.keyword);
        }
        return Ok(());
    }
    let name = keyword_field(&card.keyword)?;
    let value = match &card.value {
        CardValue::Logical(value) => format!("{:>20}", if *value { "T" } else { "F" }),
        CardValue::Integer(value) => format!("{value:>20}"),
        CardValue::Real(value) => format!("{:>20}", format_real(*value, &card.keyword)?),
        CardValue::Text(text) => return format_text(bytes, &name, &printable(text), &comment),
        // A card without `=` keeps a text that a value's comment has no room for.
        CardValue::None if comment.len() > 47 && name.len() == 10 => {
            push_card(bytes, &format!("{:<8}{comment}", card.keyword));
            return Ok(());
        }
        CardValue::None => " ".repeat(20),
    };
    push_with_comment(bytes, &format!("{name}{value}"), &comment);
    Ok(())
}

/// The shortest digits that read back the same, with a point or an exponent.
pub(crate) fn format_real(value: f64, keyword: &str) -> Result<String, FitsErrorKind> {
    if !value.is_finite() {
        return Err(FitsErrorKind::header(keyword, value.to_string(), "a finite number: FITS headers have no other"));
    }
    Ok(format!("{value:?}").replace('e', "E"))
}

fn format_text(bytes: &mut Vec<u8>, name: &str, text: &str, comment: &str) -> Result<(), FitsErrorKind> {
    let escaped = text.replace('\'', "''");
    let width = STRING_WIDTH.saturating_sub(name.len() - 10);
    if escaped.len() <= width && !text.ends_with('&') {
        push_with_comment(bytes, &format!("{name}{:<20}", format!("'{escaped:<8}'")), comment);
        return Ok(());
    }
    if width < 10 {
        return Err(FitsErrorKind::header(
            name.trim(),
            "a keyword that leaves no room for its value",
            "a shorter keyword",
        ));
    }
    let mut rest = escaped.as_str();
    let mut start = name.to_owned();
    loop {
        let room = PIECE_WIDTH.saturating_sub(start.len() - 10);
        if rest.len() <= room {
            // A last `&` of the text itself needs one more, empty, card to stay part of the text.
            let more = if text.ends_with('&') { "&" } else { "" };
            push_with_comment(bytes, &format!("{start}'{rest}{more}'"), comment);
            if !more.is_empty() {
                push_card(bytes, "CONTINUE  ''");
            }
            return Ok(());
        }
        let mut cut = room;
        // An escaped quote stays in one piece, and a blank never ends one: readers drop trailing blanks.
        while rest[..cut].bytes().rev().take_while(|byte| *byte == b'\'').count() % 2 == 1 {
            cut -= 1;
        }
        push_card(bytes, &format!("{start}'{}&'", &rest[..cut]));
        rest = &rest[cut..];
        "CONTINUE  ".clone_into(&mut start);
    }
}

/// Keyword and value indicator; a keyword that is no FITS keyword becomes a HIERARCH one.
fn keyword_field(keyword: &str) -> Result<String, FitsErrorKind> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if keyword.len() <= 8 && keyword.bytes().all(plain) {
        return Ok(format!("{keyword:<8}= "));
    }
    let is_printable = keyword.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    if keyword.len() <= 50 && is_printable {
        return Ok(format!("HIERARCH {keyword} = "));
    }
    Err(FitsErrorKind::header(keyword, "a keyword that no card can hold", "at most 50 printable characters without ="))
}

fn push_with_comment(bytes: &mut Vec<u8>, card: &str, comment: &str) {
    let room = CARD_BYTES.saturating_sub(card.len() + 3);
    let comment = &comment[..comment.len().min(room)];
    if comment.is_empty() {
        push_card(bytes, card);
    } else {
        push_card(bytes, &format!("{card} / {comment}"));
    }
}

fn push_card(bytes: &mut Vec<u8>, text: &str) {
    let start = bytes.len();
    bytes.extend_from_slice(&text.as_bytes()[..text.len().min(CARD_BYTES)]);
    bytes.resize(start + CARD_BYTES, b' ');
}

fn printable(text: &str) -> String {
    text.chars().map(|symbol| if (' '..='~').contains(&symbol) { symbol } else { '?' }).collect()
}

//! Letters for the raster back end: a small bitmap alphabet whose dots are joined to strokes, so that it scales.

use std::sync::LazyLock;

/// Rows above the baseline.
const ASCENT_ROWS: usize = 7;
/// Space between letters, in dots.
const GAP_DOTS: f64 = 1.4;
/// Width of a blank, in dots.
const BLANK_DOTS: f64 = 3.0;

/// A letter: strokes in dots from its left edge and its baseline (y upwards).
struct Letter {
    strokes: Vec<[(f64, f64); 2]>,
    width_dots: f64,
}

static ALPHABET: LazyLock<Vec<(char, Letter)>> =
    LazyLock::new(|| include_str!("font.txt").lines().filter_map(letter).collect());

/// Width of a text whose capitals are `size` pixels high.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let dots: f64 = text.chars().map(|c| advance(c) + GAP_DOTS).sum();
    (dots - GAP_DOTS).max(0.0) * dot(size)
}

/// The strokes of a text that starts at the origin, pixels, y downwards; and their width.
pub(crate) fn strokes(text: &str, size: f64) -> (Vec<[(f64, f64); 2]>, f64) {
    let dot = dot(size);
    let mut left = 0.0;
    let mut strokes = Vec::new();
    for c in text.chars() {
        if let Some(letter) = find(c) {
            let place = |(x, y): (f64, f64)| ((left + x + 0.5) * dot, -(y + 0.5) * dot);
            strokes.extend(letter.strokes.iter().map(|[a, b]| [place(*a), place(*b)]));
        }
        left += advance(c) + GAP_DOTS;
    }
    (strokes, 0.9 * dot)
}

fn dot(size: f64) -> f64 {
    size / ASCENT_ROWS as f64
}

fn advance(c: char) -> f64 {
    find(c).map_or(BLANK_DOTS, |letter| letter.width_dots)
}

/// A letter; a question mark where the alphabet has none.
fn find(c: char) -> Option<&'static Letter> {
    if c == ' ' {
        return None;
    }
    let named = |wanted: char| ALPHABET.iter().find(|(name, _)| *name == wanted).map(|(_, letter)| letter);
    named(c).or_else(|| named('?'))
}

/// Reads one line of the alphabet: the letter, then its rows from the top, at least seven.
fn letter(line: &str) -> Option<(char, Letter)> {
    let mut parts = line.split(' ');
    let name = parts.next()?.chars().next()?;
    let rows: Vec<Vec<bool>> = parts.map(|row| row.chars().map(|c| c == '#').collect()).collect();
    let width = rows.first()?.len();
    let set = |x: isize, y: isize| {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return false };
        rows.get(y).and_then(|row| row.get(x)).copied().unwrap_or(false)
    };
    let mut strokes = Vec::new();
    for y in 0..rows.len() as isize {
        for x in 0..width as isize {
            if !set(x, y) {
                continue;
            }
            let place = |x: isize, y: isize| (x as f64, ASCENT_ROWS as f64 - 1.0 - y as f64);
            let mut alone = true;
            for (dx, dy) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
                // A diagonal joins two dots only where no straight way does.
                let straight = dx != 0 && dy != 0 && (set(x + dx, y) || set(x, y + dy));
                if set(x + dx, y + dy) && !straight {
                    strokes.push([place(x, y), place(x + dx, y + dy)]);
                    alone = false;
                }
            }
            if alone {
                strokes.push([place(x, y), place(x, y)]);
            }
        }
    }
    Some((name, Letter { strokes, width_dots: width as f64 }))
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, strokes, text_width};

    #[test]
    fn every_printable_ascii_character_has_a_letter() {
        for code in 33_u8..127 {
            let c = char::from(code);
            assert!(ALPHABET.iter().any(|(name, letter)| *name == c && !letter.strokes.is_empty()), "{c}");
        }
    }

    #[test]
    fn letters_stand_on_the_baseline_and_are_as_high_as_asked() {
        let (found, _) = strokes("H", 14.0);
        let (top, bottom) = found.iter().flatten().fold((0.0_f64, -99.0_f64), |(t, b), (_, y)| (t.min(*y), b.max(*y)));
        assert_eq!((top, bottom), (-13.0, -1.0), "dots of 2 pixels: centres of the first and the seventh");
        assert!(text_width("iii", 14.0) < text_width("mmm", 14.0));
    }
}

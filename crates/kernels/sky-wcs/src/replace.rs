//! One header's astrometric solution in place of another's.

use sky_image::{Card, Header};

/// Keywords of a solution without a number.
const WORDS: &[&str] = &[
    "WCSAXES", "WCSNAME", "LONPOLE", "LATPOLE", "RADESYS", "RADECSYS", "EQUINOX", "EPOCH", "A_ORDER", "B_ORDER",
    "AP_ORDER", "BP_ORDER", "A_DMAX", "B_DMAX",
];
/// The same followed by numbers of axes and terms.
const NUMBERED: &[&str] = &[
    "CTYPE", "CRVAL", "CRPIX", "CDELT", "CROTA", "CUNIT", "CD", "PC", "PV", "PS", "A_", "B_", "AP_", "BP_", "AMDX",
    "AMDY",
];

/// Takes the solution of `solution` into `header`: its own cards of world coordinates go, whichever they are, so that nothing of
/// two solutions is mixed.
pub fn replace_solution(header: &mut Header, solution: &Header) {
    let own: Vec<String> =
        header.cards().iter().filter(|card| is_of_solution(card)).map(|card| card.keyword.clone()).collect();
    own.iter().for_each(|keyword| header.remove(keyword));
    for card in solution.cards().iter().filter(|card| is_of_solution(card)) {
        header.set(&card.keyword, card.value.clone(), &card.comment);
    }
}

fn is_of_solution(card: &Card) -> bool {
    let keyword = card.keyword.as_str();
    let is_numbered = |stem: &str| {
        keyword.strip_prefix(stem).is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_digit())
                && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        })
    };
    WORDS.contains(&keyword) || NUMBERED.iter().any(|stem| is_numbered(stem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_image::CardValue;

    #[test]
    fn nothing_of_the_first_solution_is_left() {
        let card = |header: &mut Header, keyword: &str, value: f64| header.push(keyword, CardValue::Real(value), "");
        let (mut header, mut solution) = (Header::new(), Header::new());
        for (keyword, value) in
            [("CRVAL1", 1.0), ("CD1_1", 2.0), ("A_2_0", 3.0), ("PV1_5", 4.0), ("EXPTIME", 5.0), ("CDS", 6.0)]
        {
            card(&mut header, keyword, value);
        }
        for (keyword, value) in [("CRVAL1", 10.0), ("PC1_1", 11.0), ("NAXIS", 0.0)] {
            card(&mut solution, keyword, value);
        }
        replace_solution(&mut header, &solution);
        let left: Vec<&str> = header.cards().iter().map(|card| card.keyword.as_str()).collect();
        assert_eq!(left, ["EXPTIME", "CDS", "CRVAL1", "PC1_1"]);
        assert_eq!(header.number("CRVAL1"), Some(10.0));
    }
}

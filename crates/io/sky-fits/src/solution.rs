//! The astrometric solution that a solver left beside an image: `.wcs` (astrometry.net), `.ini` (ASTAP), `.head` (SCAMP).

use std::path::Path;

use sky_image::{CardValue, Header};

use crate::card_read::{CARD_BYTES, parse_header, parse_value};
use crate::hdu::BLOCK_BYTES;
use crate::{FitsError, FitsErrorKind};

/// Endings of files that hold the solution of the image of the same name, the first that is there counts.
pub const SOLUTION_ENDINGS: [&str; 3] = ["wcs", "head", "ini"];
/// A solution is a header; larger files are something else.
const MAX_BYTES: u64 = 1 << 22;

/// The cards of a solution. Fails where the file is none of the three kinds, or where ASTAP says that it found no solution.
pub fn read_solution(path: &Path) -> Result<Header, FitsError> {
    let fail = |kind: FitsErrorKind| kind.of(&path.display().to_string(), None);
    let bytes = std::fs::metadata(path).and_then(|file| {
        if file.len() > MAX_BYTES {
            return Err(std::io::Error::other(format!("{} bytes, a header has at most {MAX_BYTES}", file.len())));
        }
        std::fs::read(path)
    });
    read_solution_bytes(&bytes.map_err(|error| fail(error.into()))?).map_err(fail)
}

/// The same of a file in memory.
pub(crate) fn read_solution_bytes(bytes: &[u8]) -> Result<Header, FitsErrorKind> {
    let header = if bytes.starts_with(b"SIMPLE  =")
        && bytes.len() >= BLOCK_BYTES as usize
        && !bytes[..BLOCK_BYTES as usize].contains(&b'\n')
    {
        parse_header(bytes)?
    } else {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
        let is_ini = lines.iter().any(|line| line.starts_with("PLTSOLVD="));
        if is_ini { of_ini(&lines)? } else { of_cards(&lines)? }
    };
    if header.get("CTYPE1").is_none() && header.get("CRVAL1").is_none() {
        return Err(FitsErrorKind::header("CRVAL1", "no such card", "an astrometric solution"));
    }
    Ok(header)
}

/// Lines that are cards (SCAMP's `.head`), up to END.
fn of_cards(lines: &[&str]) -> Result<Header, FitsErrorKind> {
    let mut cards = Vec::new();
    for line in lines.iter().take_while(|line| **line != "END") {
        let card: Vec<u8> = line.bytes().chain(std::iter::repeat(b' ')).take(CARD_BYTES).collect();
        cards.extend(card);
    }
    cards.extend(format!("{:<1$}", "END", CARD_BYTES).into_bytes());
    parse_header(&cards)
}

/// `KEY=value` lines of ASTAP. It writes TAN solutions in ICRS and leaves CTYPE out.
fn of_ini(lines: &[&str]) -> Result<Header, FitsErrorKind> {
    let mut header = Header::new();
    for (key, value) in lines.iter().filter_map(|line| line.split_once('=')) {
        let (value, comment) = parse_value(value);
        header.set(&key.trim().to_ascii_uppercase(), value, &comment);
    }
    if header.get("PLTSOLVD") != Some(&CardValue::Logical(true)) {
        let found = header.text("ERROR").or_else(|| header.text("WARNING")).unwrap_or("no solution").to_owned();
        return Err(FitsErrorKind::header("PLTSOLVD", found, "T, a solved image"));
    }
    if header.get("CTYPE1").is_none() {
        for (keyword, value) in [("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN"), ("RADESYS", "ICRS")] {
            header.set(keyword, CardValue::Text(value.to_owned()), "");
        }
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_give_the_same_cards() {
        let ini = "PLTSOLVD=T\r\nCRPIX1= 5.0000000000000000E+002\r\nCRPIX2= 4.0000000000000000E+002\r\n\
            CRVAL1= 1.5000000000000000E+002\r\nCRVAL2= 2.0000000000000000E+001\r\nCDELT1=-4.7E-004\r\nCDELT2= 4.7E-004\r\n\
            CROTA1= 0.0\r\nCROTA2= 0.0\r\nCD1_1=-4.7E-004\r\nCD1_2= 0.0\r\nCD2_1= 0.0\r\nCD2_2= 4.7E-004\r\nCMDLINE=astap -f a.fit\r\n";
        let head = "HISTORY   Astrometric solution by SCAMP\nEQUINOX =        2000.00000000 / Mean equinox\n\
            RADESYS = 'ICRS    '           / Astrometric system\nCTYPE1  = 'RA---TPV'\nCTYPE2  = 'DEC--TPV'\n\
            CRVAL1  =   1.500000000000E+02\nCRVAL2  =   2.000000000000E+01\nCRPIX1  =   5.000000000000E+02\nCRPIX2  = 400.\n\
            CD1_1   =  -4.7E-04\nPV1_7 = 1.0E-03\nEND\n";
        for (name, text, ctype) in [("ini", ini, "RA---TAN"), ("head", head, "RA---TPV")] {
            let header = read_solution_bytes(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((header.number("CRPIX1"), header.number("CRVAL2")), (Some(500.0), Some(20.0)), "{name}");
            assert_eq!((header.number("CD1_1"), header.text("CTYPE1")), (Some(-4.7e-4), Some(ctype)), "{name}");
        }
    }

    #[test]
    fn a_file_without_a_solution_says_so() {
        let unsolved = read_solution_bytes(b"PLTSOLVD=F\r\nERROR=Not enough stars.\r\n").expect_err("not solved");
        assert!(unsolved.to_string().contains("Not enough stars"), "{unsolved}");
        assert!(read_solution_bytes(b"[settings]\nkey=3\n").is_err(), "another .ini");
    }
}

//! Catalogues that are cut, lie, are no catalogues, or grow without end.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::sky::{FIELDS, HEADER, Sky};
use crate::fits::gzipped;

/// What a reader may make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The rows as they were made.
    Rows,
    /// The rows, or a refusal.
    RowsOrRefused,
    /// Other rows only with a word of warning; or a refusal.
    WarnedOrRefused,
    /// A refusal.
    Refused,
}

/// A changed catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

fn variant(name: impl Into<String>, bytes: impl Into<Vec<u8>>, expected: Expected) -> Variant {
    Variant { name: name.into(), bytes: bytes.into(), expected }
}

/// All of them.
pub(crate) fn variants(sky: &Sky, seed: u64) -> Result<Vec<Variant>, String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    for (format, bytes) in sky.formats()? {
        all.extend(cut(format, &bytes));
        all.extend(packed(format, &bytes, &mut random));
    }
    all.extend(delimited(sky));
    all.extend(asu_tsv(sky));
    all.extend(votable(sky));
    all.extend(parquet(sky, &mut random)?);
    all.extend(others(sky));
    Ok(all)
}

/// Cut inside a row, and the last byte lost.
fn cut(format: &str, bytes: &[u8]) -> Vec<Variant> {
    let mut all = vec![variant(format, bytes, Expected::Rows)];
    for part in [1, 2, 3] {
        let mut length = bytes.len() * part / 4;
        // A text that ends between two rows is a shorter catalogue; inside a row it is a cut one.
        while matches!(bytes.get(length.wrapping_sub(1)), Some(b'\n' | b',' | b'\t'))
            || bytes.get(length) == Some(&b'\n')
        {
            length -= 2;
        }
        all.push(variant(format!("{format} cut after {part} quarters"), &bytes[..length], Expected::WarnedOrRefused));
    }
    all.push(variant(format!("{format} without its last byte"), &bytes[..bytes.len() - 1], Expected::RowsOrRefused));
    all
}

/// As gzip: whole, cut, a bit changed, packed twice, with a stranger behind.
fn packed(format: &str, bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<Variant> {
    let packed = gzipped(bytes);
    let mut flipped = packed.clone();
    let at = random.random_range(12..flipped.len());
    flipped[at] ^= 1 << random.random_range(0..8);
    vec![
        variant(format!("{format} as gzip"), packed.clone(), Expected::Rows),
        variant(format!("{format} as gzip, cut"), &packed[..packed.len() / 2], Expected::Refused),
        variant(format!("{format} as gzip, byte {at} changed"), flipped, Expected::RowsOrRefused),
        variant(format!("{format} as gzip of gzip"), gzipped(&packed), Expected::Refused),
    ]
}

fn delimited(sky: &Sky) -> Vec<Variant> {
    let rows = sky.rows(',');
    let good = format!("{HEADER}{rows}");
    let lines: Vec<&str> = rows.lines().collect();
    let with_row = |row: &str| format!("{HEADER}{}\n{row}\n{}\n", lines[..100].join("\n"), lines[100..].join("\n"));
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        variant("CSV with a byte order mark", format!("\u{feff}{good}"), Expected::Rows),
        variant("CSV with CRLF", good.replace('\n', "\r\n"), Expected::Rows),
        variant(
            "CSV with a quote that is not closed",
            good.replacen("1099-0001060", "\"1099-0001060", 1),
            Expected::Refused,
        ),
        variant(
            "CSV with a quote that is not closed in the last row",
            format!("{HEADER}{rows}\"1099,150,20,12\n"),
            Expected::Refused,
        ),
        variant("CSV with an open quote in the last cell", with_row("1099-9,150,20,\"12"), Expected::Refused),
        variant("CSV with a row too short", with_row("1099-9,150,20"), Expected::Refused),
        variant("CSV with a row too long", with_row("1099-9,150,20,12,13"), Expected::Refused),
        variant("CSV with a word among the numbers", with_row("1099-9,north,20,12"), Expected::Refused),
        variant("CSV with decimal commas", format!("{HEADER}{}", rows.replace('.', ",")), Expected::Refused),
        variant("CSV with a column twice", good.replacen("DEJ2000", "RAJ2000", 1), Expected::Refused),
        variant("CSV without a header", rows.clone(), Expected::Refused),
        variant("CSV in UTF-16", utf16, Expected::Refused),
        variant("CSV of 20,000 columns", format!("{}x\n", "c,".repeat(20_000)), Expected::Refused),
        variant("CSV of zeros at its end", [good.as_bytes(), &[0; 5000]].concat(), Expected::Refused),
        variant(
            "CSV with a cell of 20 MiB",
            with_row(&format!("{},150,20,12,7", "9".repeat(20 << 20))),
            Expected::Refused,
        ),
        variant(
            "CSV with an error page behind it",
            format!("{good}<html><body>Gateway timeout</body></html>\n"),
            Expected::Refused,
        ),
    ]
}

fn asu_tsv(sky: &Sky) -> Vec<Variant> {
    let good = sky.asu_tsv("");
    let body = good.split_once("-----\n").map_or("", |(_, body)| body);
    vec![
        variant(
            "asu-tsv that says that it overflowed",
            sky.asu_tsv("#INFO\toverflow: too many rows\n"),
            Expected::WarnedOrRefused,
        ),
        variant(
            "asu-tsv with as many rows as were allowed",
            sky.asu_tsv("#INFO\t-out.max=200\n"),
            Expected::WarnedOrRefused,
        ),
        variant("asu-tsv with an error", sky.asu_tsv("#ERROR: the server is out of memory\n"), Expected::Refused),
        variant(
            "asu-tsv with a garbled header",
            good.replacen("RAJ2000\tDEJ2000", "RAJ2000DEJ2000", 1),
            Expected::Refused,
        ),
        variant(
            "asu-tsv without names",
            format!("------------\t----------\t----------\t-----\n{body}"),
            Expected::Refused,
        ),
        variant("asu-tsv with two tables", format!("{good}{}", good.replace("I/284", "I/285")), Expected::Refused),
        variant(
            "asu-tsv of comments only",
            "#RESOURCE=yCat_1284\n#Name: I/284/out\n#INFO nothing\n",
            Expected::Refused,
        ),
        variant("asu-tsv: too many jobs", "#\n#INFO\n**** Too many jobs, try again later\n", Expected::Refused),
    ]
}

fn votable(sky: &Sky) -> Vec<Variant> {
    let good = sky.votable("", "");
    let changed = |from: &str, to: &str| good.replacen(from, to, 1);
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE v [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let file = "<?xml version=\"1.0\"?><!DOCTYPE v [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
    let stream = |content: &str| {
        format!(
            "<VOTABLE><RESOURCE><TABLE>{FIELDS}<DATA><BINARY2><STREAM encoding=\"base64\">{content}</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>"
        )
    };
    vec![
        variant(
            "VOTable with a service's error",
            sky.votable("<INFO name=\"QUERY_STATUS\" value=\"ERROR\">no such table</INFO>", ""),
            Expected::Refused,
        ),
        variant(
            "VOTable that overflowed",
            sky.votable("<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\"/>", ""),
            Expected::WarnedOrRefused,
        ),
        variant("VOTable with fewer rows than it says", sky.votable("", " nrows=\"500\""), Expected::WarnedOrRefused),
        variant(
            "VOTable with an entity that nobody declared",
            changed("<TD>1099-0000003</TD>", "<TD>1099-&planet;</TD>"),
            Expected::Refused,
        ),
        variant(
            "VOTable with entities of entities",
            changed("<?xml version=\"1.0\"?>", laughs).replacen("1099-0000003", "&c;", 1),
            Expected::Refused,
        ),
        variant(
            "VOTable with a file as entity",
            changed("<?xml version=\"1.0\"?>", file).replacen("1099-0000003", "&a;", 1),
            Expected::Refused,
        ),
        variant("VOTable with a TD too few", changed("<TD>12.00</TD>", ""), Expected::Refused),
        variant("VOTable with a TD too many", changed("<TD>12.00</TD>", "<TD>12.00</TD><TD>1</TD>"), Expected::Refused),
        variant(
            "VOTable with a word among the numbers",
            changed("<TD>12.00</TD>", "<TD>bright</TD>"),
            Expected::Refused,
        ),
        variant("VOTable of an unknown datatype", changed("\"double\"", "\"quad\""), Expected::Refused),
        variant("VOTable with a field twice", changed("name=\"DEJ2000\"", "name=\"RAJ2000\""), Expected::Refused),
        variant("VOTable with another closing tag", changed("</TABLEDATA>", "</TABLEDAT>"), Expected::Refused),
        variant(
            "VOTable with two tables",
            changed("</RESOURCE>", &format!("<TABLE name=\"x\">{FIELDS}</TABLE></RESOURCE>")),
            Expected::Refused,
        ),
        variant(
            "VOTable of 100,000 open elements",
            format!("<VOTABLE>{}", "<RESOURCE>".repeat(100_000)),
            Expected::Refused,
        ),
        variant("VOTable with broken base64", stream("AAAA*AAA"), Expected::Refused),
        variant("VOTable with a stream that ends in a row", stream("AAAAAAUxMDk5"), Expected::Refused),
        variant("VOTable with a text of 4 GiB in its stream", stream("AP////8xMDk5"), Expected::Refused),
        variant(
            "VOTable with a stream elsewhere",
            good.replace(
                "<DATA><TABLEDATA>",
                "<DATA><BINARY><STREAM href=\"http://127.0.0.1:1/x\"/></BINARY></DATA><DATA><TABLEDATA>",
            ),
            Expected::Refused,
        ),
        variant(
            "a web page",
            "<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>",
            Expected::Refused,
        ),
        variant(
            "an error document",
            "<?xml version=\"1.0\"?><error><message>bad query</message></error>",
            Expected::Refused,
        ),
    ]
}

fn parquet(sky: &Sky, random: &mut ChaCha8Rng) -> Result<Vec<Variant>, String> {
    let formats = sky.formats()?;
    let good =
        formats.iter().find(|(name, _)| *name == "Parquet").map(|(_, bytes)| bytes.clone()).ok_or("no Parquet")?;
    let length_at = good.len() - 8;
    let mut all: Vec<Variant> = [0_u32, 1, 1 << 20, 0x7fff_ffff, u32::MAX]
        .into_iter()
        .map(|length| {
            let mut bytes = good.clone();
            bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
            variant(format!("Parquet with a footer of {length} bytes"), bytes, Expected::Refused)
        })
        .collect();
    all.push(variant("Parquet of its marks alone", &b"PAR1\0\0\0\0PAR1"[..], Expected::Refused));
    let footer =
        u32::from_le_bytes([good[length_at], good[length_at + 1], good[length_at + 2], good[length_at + 3]]) as usize;
    for number in 0..16 {
        let mut bytes = good.clone();
        let at = random.random_range(length_at - footer..length_at);
        bytes[at] = random.random();
        all.push(variant(
            format!("Parquet with another byte {at} in its footer ({number})"),
            bytes,
            Expected::RowsOrRefused,
        ));
    }
    Ok(all)
}

fn others(sky: &Sky) -> Vec<Variant> {
    let row = "1099-0000003,149.950000,19.950000,12.00\n";
    let bomb = gzipped(format!("{HEADER}{}", row.repeat(8 << 20)).as_bytes());
    let ecsv = format!(
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {{name: USNO-B1.0, datatype: string}}\n# - {{name: RAJ2000, datatype: int64}}\n# - {{name: DEJ2000, datatype: float64}}\n# - {{name: R1mag, datatype: float64}}\n{HEADER}{}",
        sky.rows(',')
    );
    vec![
        variant("320 MiB of the same row, as gzip", bomb, Expected::Refused),
        variant("an empty file", &b""[..], Expected::Refused),
        variant("blank lines", "\n\n\n", Expected::Refused),
        variant("zeros", vec![0; 10_000], Expected::Refused),
        variant("prose", "The server is busy, please come back tomorrow.\n", Expected::Refused),
        variant("ECSV with whole numbers that are none", ecsv.clone(), Expected::Refused),
        variant(
            "ECSV with a column that is not declared",
            ecsv.replace("# - {name: R1mag, datatype: float64}\n", ""),
            Expected::Refused,
        ),
        variant(
            "ECSV without its declarations",
            ecsv.lines().filter(|line| !line.contains("datatype")).collect::<Vec<_>>().join("\n"),
            Expected::Refused,
        ),
    ]
}

//! Canonical JSON (RFC 8785) and the sums of it: hashed while walking, without a copy.

use std::cmp::Ordering;
use std::io::{self, Write};

use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

/// Hash output is gathered to blocks of this size.
const BLOCK_BYTES: usize = 1 << 14;

/// The canonical JSON of a value: members sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space.
pub fn canonical_json(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_value(value, &mut bytes).expect("memory takes every byte");
    bytes
}

/// SHA-256 of the canonical JSON, 64 lower-case hexadecimal digits.
pub fn canonical_sha256(value: &Value) -> String {
    let mut sink = Hashing::new();
    write_value(value, &mut sink).expect("a hash takes every byte");
    sink.finish()
}

/// Identity of a manifest: SHA-256 of its canonical JSON without the member `execution`.
pub fn identity(manifest: &Value) -> String {
    let mut sink = Hashing::new();
    match manifest {
        Value::Object(members) => write_members(members, Some("execution"), &mut sink),
        other => write_value(other, &mut sink),
    }
    .expect("a hash takes every byte");
    sink.finish()
}

/// Lower-case hexadecimal digits of a sum.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)] as char, DIGITS[usize::from(byte & 15)] as char])
        .collect()
}

struct Hashing {
    sha256: Sha256,
    block: Vec<u8>,
}

impl Hashing {
    fn new() -> Self {
        Self { sha256: Sha256::new(), block: Vec::with_capacity(BLOCK_BYTES) }
    }

    fn finish(mut self) -> String {
        self.sha256.update(&self.block);
        hex(&self.sha256.finalize())
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() + bytes.len() > BLOCK_BYTES {
            self.sha256.update(&self.block);
            self.block.clear();
        }
        if bytes.len() > BLOCK_BYTES {
            self.sha256.update(bytes);
        } else {
            self.block.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_value(value: &Value, sink: &mut impl Write) -> io::Result<()> {
    match value {
        Value::Null => sink.write_all(b"null"),
        Value::Bool(true) => sink.write_all(b"true"),
        Value::Bool(false) => sink.write_all(b"false"),
        Value::Number(number) => write_number(number, sink),
        Value::String(text) => write_text(text, sink),
        Value::Array(items) => {
            sink.write_all(b"[")?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    sink.write_all(b",")?;
                }
                write_value(item, sink)?;
            }
            sink.write_all(b"]")
        }
        Value::Object(members) => write_members(members, None, sink),
    }
}

fn write_members(members: &Map<String, Value>, left_out: Option<&str>, sink: &mut impl Write) -> io::Result<()> {
    let mut sorted: Vec<(&str, &Value)> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
    sorted.retain(|(name, _)| Some(*name) != left_out);
    sorted.sort_unstable_by(|(left, _), (right, _)| by_utf16(left, right));
    sink.write_all(b"{")?;
    for (index, (name, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            sink.write_all(b",")?;
        }
        write_text(name, sink)?;
        sink.write_all(b":")?;
        write_value(value, sink)?;
    }
    sink.write_all(b"}")
}

/// Order of UTF-16 code units (RFC 8785 3.2.3); it differs from the order of bytes only beyond the basic plane.
fn by_utf16(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() { left.cmp(right) } else { left.encode_utf16().cmp(right.encode_utf16()) }
}

/// serde_json escapes exactly what RFC 8785 3.2.2.2 asks for, with lower-case digits.
fn write_text(text: &str, sink: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(sink, text).map_err(io::Error::from)
}

/// Integers up to 2^53 as they are; everything else as the nearest double, in ECMAScript's form (RFC 8785 3.2.2.3).
fn write_number(number: &Number, sink: &mut impl Write) -> io::Result<()> {
    const EXACT: u64 = 1 << 53;
    match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) if integer.unsigned_abs() <= EXACT => write!(sink, "{integer}"),
        (_, Some(float)) => sink.write_all(ecmascript(float).as_bytes()),
        (_, None) => unreachable!("without arbitrary precision each JSON number is a double"),
    }
}

/// ECMAScript `Number::toString` (ECMA-262 6.1.6.1.20), from the shortest digits that serde_json finds.
fn ecmascript(float: f64) -> String {
    if float == 0.0 {
        return "0".to_owned();
    }
    let shortest = serde_json::to_string(&float).expect("a finite number");
    let (sign, unsigned) = shortest.strip_prefix('-').map_or(("", shortest.as_str()), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent of serde_json");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0');
    // The number is 0.digits times ten to the power of `point`.
    let point = whole.len() as i32 + exponent - leading as i32;
    let count = digits.len() as i32;
    let zeros = |many: i32| "0".repeat(many.unsigned_abs() as usize);
    let text = if count <= point && point <= 21 {
        format!("{digits}{}", zeros(point - count))
    } else if 0 < point && point <= 21 {
        let (before, after) = digits.split_at(point as usize);
        format!("{before}.{after}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", zeros(point))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{:+}", point - 1)
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 8785 appendix B: IEEE 754 bits and the text that ECMAScript gives them.
    const NUMBERS: &[(u64, &str)] = &[
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ];

    #[test]
    fn numbers_are_written_as_in_appendix_b() {
        for &(bits, expected) in NUMBERS {
            let float = f64::from_bits(bits);
            let text = String::from_utf8(canonical_json(&json!(float))).expect("UTF-8");
            assert_eq!(text, expected, "bits {bits:016x}");
        }
    }

    #[test]
    fn the_example_of_section_3_2_4_gives_its_bytes() {
        let input = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        let value: Value = serde_json::from_str(input).expect("valid JSON");
        assert_eq!(String::from_utf8(canonical_json(&value)).expect("UTF-8"), expected);
    }

    #[test]
    fn members_are_sorted_by_utf16_as_in_section_3_2_3() {
        let value = json!({"\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"});
        let text = String::from_utf8(canonical_json(&value)).expect("UTF-8");
        let order = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew"];
        let places: Vec<usize> = order.iter().map(|name| text.find(name).expect("the member is there")).collect();
        assert!(places.is_sorted(), "the RFC's order, got {text}");
    }

    #[test]
    fn identity_ignores_execution_order_and_spelling_of_numbers() {
        let one: Value = serde_json::from_str(r#"{"b":5.0,"a":[1,-0.0],"execution":{"host":"x"}}"#).expect("JSON");
        let two: Value = serde_json::from_str(r#"{"execution":{},"a":[1.0,0],"b":5}"#).expect("JSON");
        assert_eq!(identity(&one), identity(&two));
        assert_eq!(identity(&one), canonical_sha256(&json!({"a": [1, 0], "b": 5})));
        assert_ne!(identity(&one), identity(&json!({"a": [1, 0], "b": 5.5})));
    }

    #[test]
    fn the_sum_of_the_canonical_bytes_is_that_of_openssl() {
        // printf '{"a":1}' | sha256sum
        assert_eq!(
            canonical_sha256(&json!({"a": 1.0})),
            "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
        );
    }

    #[test]
    fn long_texts_hash_as_their_bytes() {
        let value = json!([["x".repeat(50_000), "y".repeat(BLOCK_BYTES)], "z"]);
        assert_eq!(canonical_sha256(&value), hex(&Sha256::digest(canonical_json(&value))));
    }
}

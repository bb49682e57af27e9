//! Strict JSON: what a manifest may not hold is refused at its JSON pointer, not read differently by different readers.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Integers beyond 2^53 are not the same number in every reader.
const MAX_EXACT: u64 = 1 << 53;

/// More values than these (members, items, scalars) are refused: a manifest of 12,000 units has a million. A value takes 100
/// bytes of memory or so, whatever it takes in the file.
pub(crate) const MAX_VALUES: usize = 4_000_000;

/// Why a text is not strict JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrictError {
    /// JSON pointer of the value that was being read.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for StrictError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at {:?}: {}", self.pointer, self.message)
    }
}

impl std::error::Error for StrictError {}

/// Reads JSON and refuses: members given twice, integers beyond 2^53, numbers beyond the doubles, NaN, lone surrogates,
/// invalid UTF-8, a byte order mark, text after the end, more than 127 levels, more than four million values.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, StrictError> {
    let reader = Reader {
        bytes,
        path: RefCell::default(),
        large: OnceCell::new(),
        large_seen: Cell::new(0),
        values: Cell::new(0),
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = reader.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| StrictError { pointer: reader.pointer(), message: error.to_string() })
}

/// One step of the way to the value that is being read.
enum Segment {
    Member(String),
    Item(usize),
}

struct Reader<'a> {
    bytes: &'a [u8],
    path: RefCell<Vec<Segment>>,
    /// For each number of at least 2^53 that is whole, in the order of the text: whether it is written as an integer.
    large: OnceCell<Vec<bool>>,
    large_seen: Cell<usize>,
    /// Values read so far.
    values: Cell<usize>,
}

impl Reader<'_> {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in self.path.borrow().iter() {
            pointer.push('/');
            match segment {
                Segment::Member(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
                Segment::Item(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// Reads one value below `segment`; after an error the path stays where it is.
    fn below<T, E>(&self, segment: Segment, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.path.borrow_mut().push(segment);
        let value = read()?;
        self.path.borrow_mut().pop();
        Ok(value)
    }

    /// serde_json gives an integer beyond 64 bits as a double: whether the text spells it as an integer is looked up.
    fn spelled_as_integer(&self) -> bool {
        let index = self.large_seen.replace(self.large_seen.get() + 1);
        self.large.get_or_init(|| large_numbers(self.bytes)).get(index).copied().unwrap_or(false)
    }
}

impl<'de> DeserializeSeed<'de> for &Reader<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            return Err(D::Error::custom(format_args!("more than {MAX_VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Reader<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_EXACT {
            return Err(too_large(&value));
        }
        if value == MAX_EXACT {
            self.large_seen.set(self.large_seen.get() + 1);
        }
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_EXACT {
            return Err(too_large(&value));
        }
        if value.unsigned_abs() == MAX_EXACT {
            self.large_seen.set(self.large_seen.get() + 1);
        }
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.abs() >= MAX_EXACT as f64 && self.spelled_as_integer() {
            return Err(too_large(&value));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = self.below(Segment::Item(array.len()), || items.next_element_seed(self))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                self.path.borrow_mut().push(Segment::Member(name));
                return Err(A::Error::custom("the member is given twice"));
            }
            let value = self.below(Segment::Member(name.clone()), || members.next_value_seed(self))?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

fn too_large<E: serde::de::Error>(value: &dyn fmt::Display) -> E {
    E::custom(format_args!("the integer {value} is beyond 2^53: write it as a string"))
}

/// Scans the text for numbers of magnitude 2^53 or more, in order; true where one is written as an integer.
fn large_numbers(bytes: &[u8]) -> Vec<bool> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let start = at;
                while at < bytes.len() && matches!(bytes[at], b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
                    at += 1;
                }
                let text = std::str::from_utf8(&bytes[start..at]).unwrap_or_default();
                if text.parse::<f64>().is_ok_and(|value| value.abs() >= MAX_EXACT as f64) {
                    found.push(!text.contains(['.', 'e', 'E']));
                }
            }
            _ => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_refused_is_refused_at_its_pointer() {
        for (text, pointer, part) in [
            (r#"{"a":{"b":1,"b":2}}"#, "/a/b", "twice"),
            (r#"{"a":[1,9007199254740993]}"#, "/a/1", "2^53"),
            (r#"{"a":[1.5,-9007199254740993]}"#, "/a/1", "2^53"),
            (r#"{"x":1e20,"a":{"~/":99999999999999999999}}"#, "/a/~0~1", "2^53"),
            (r#"[0,NaN]"#, "/1", "expected value"),
            (r#"{"a":1e999}"#, "/a", "out of range"),
            (r#"{"a":"\ud800"}"#, "/a", "hex escape"),
            ("\u{feff}{}", "", "expected value"),
            (r#"{} {}"#, "", "trailing"),
            (r#"{"a":[1,2"#, "/a/2", "EOF"),
        ] {
            let error = parse_strict(text.as_bytes()).expect_err(text);
            assert_eq!(error.pointer, pointer, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
        assert!(parse_strict(b"\"\xff\"").is_err(), "invalid UTF-8");
        assert!(parse_strict("[".repeat(200).as_bytes()).is_err(), "too deep");
    }

    #[test]
    fn what_is_allowed_is_read_as_serde_json_reads_it() {
        for text in [
            r#"{"a":[1,-2,3.5,1e20,9007199254740992,1.2e300,null,true,"é\n😀"],"b":{}}"#,
            "[]",
            "-0.0",
            r#"{"big":[9007199254740992,1e21,-9007199254740992,2e22]}"#,
        ] {
            let expected: Value = serde_json::from_str(text).expect("valid");
            assert_eq!(parse_strict(text.as_bytes()), Ok(expected), "{text}");
        }
        assert_eq!(
            parse_strict(br#"{"text":"9 \" 99999999999999999999","x":1e20}"#).map(|value| value["x"].clone()),
            Ok(json!(1e20))
        );
    }
}

//! Every field of every manifest, of `run.json` and of the records of shards outside `execution`, edited by hand, taken out, or added.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::findings::{found_and_named, problems};
use crate::small_run::SmallRun;
use crate::{Bench, Case};

/// A quick bench tries every so manieth field.
const QUICK_STRIDE: usize = 15;

pub(super) fn cases(bench: &Bench, run: &SmallRun) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let stride = if bench.quick { QUICK_STRIDE } else { 1 };
    for file in run.files()?.iter().filter(|file| is_record(file)) {
        let name = file.strip_prefix(&run.root).unwrap_or(file).display().to_string();
        let bytes = fs_err::read(file).map_err(|error| error.to_string())?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}"))?;
        for pointer in distinct(&value).into_iter().step_by(stride) {
            for (what, edited) in edits(&value, &pointer) {
                let text = serde_json::to_vec_pretty(&edited).map_err(|error| error.to_string())?;
                fs_err::write(file, text).map_err(|error| error.to_string())?;
                cases.push(Case::of(format!("{name}: {pointer} {what}"), found_and_named(&problems(run), &name)));
            }
        }
        fs_err::write(file, &bytes).map_err(|error| error.to_string())?;
    }
    Ok(cases)
}

fn is_record(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_of_shard = name.ends_with(".json") && name.contains("-of-") && !name.ends_with(".execution.json");
    name.ends_with("manifest.json") || name == "run.json" || is_of_shard
}

/// One pointer for each distinct path of members (the places of arrays counted as one), without `execution`.
fn distinct(value: &Value) -> Vec<String> {
    let (mut seen, mut pointers) = (BTreeSet::new(), Vec::new());
    walk(value, String::new(), String::new(), &mut |pointer, shape| {
        let is_execution = pointer == "/execution" || pointer.starts_with("/execution/");
        if !pointer.is_empty() && !is_execution && seen.insert(shape.to_owned()) {
            pointers.push(pointer.to_owned());
        }
    });
    pointers
}

fn walk(value: &Value, pointer: String, shape: String, visit: &mut dyn FnMut(&str, &str)) {
    visit(&pointer, &shape);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let step = name.replace('~', "~0").replace('/', "~1");
                walk(member, format!("{pointer}/{step}"), format!("{shape}/{step}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{pointer}/{index}"), format!("{shape}/*"), visit);
            }
        }
        _ => {}
    }
}

/// The document with that value changed, and with it taken out.
fn edits(value: &Value, pointer: &str) -> Vec<(&'static str, Value)> {
    let mut changed = value.clone();
    if let Some(place) = changed.pointer_mut(pointer) {
        *place = other(place);
    }
    let mut without = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let name = name.replace("~1", "/").replace("~0", "~");
    match without.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.shift_remove(&name);
        }
        Some(Value::Array(items)) => {
            name.parse().map(|index: usize| items.remove(index)).ok();
        }
        _ => {}
    }
    vec![("edited", changed), ("taken out", without)]
}

/// Another value of the same kind: what somebody would write who wants it to pass.
fn other(value: &Value) -> Value {
    match value {
        Value::Null => json!(0),
        Value::Bool(truth) => json!(!truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => json!(whole + 1),
            None => json!(number.as_f64().unwrap_or_default() * 1.5 + 0.125),
        },
        Value::String(text) => {
            // The last letter or digit becomes another one: sums stay sums, names stay names.
            let at = text.rfind(|symbol: char| symbol.is_ascii_alphanumeric());
            match at {
                Some(at) => {
                    let symbol = if text.as_bytes()[at] == b'1' { "2" } else { "1" };
                    json!(format!("{}{symbol}{}", &text[..at], &text[at + 1..]))
                }
                None => json!("x"),
            }
        }
        Value::Array(items) => Value::Array(
            items.iter().chain(items.first()).cloned().chain(items.is_empty().then(|| json!("x"))).collect(),
        ),
        Value::Object(members) => {
            let mut members = members.clone();
            members.insert("unknown".to_owned(), json!(1));
            Value::Object(members)
        }
    }
}

//! A good manifest of each product, made hostile.

use serde_json::{Value, json};

/// A hostile manifest: what was done, and its bytes.
pub(crate) type Document = (String, Vec<u8>);

/// All variants of one good manifest (the text of a sample).
pub(crate) fn hostile(good: &str) -> Result<Vec<Document>, String> {
    let value: Value = serde_json::from_str(good).map_err(|error| error.to_string())?;
    let mut all = texts(good);
    let mut edit = |name: &str, pointer: &str, change: &dyn Fn(&mut Value)| {
        let mut edited = value.clone();
        if let Some(place) = edited.pointer_mut(pointer) {
            change(place);
            all.push((name.to_owned(), edited.to_string().into_bytes()));
        }
    };
    let set = |value: Value| move |place: &mut Value| *place = value.clone();
    edit("an unknown member", "", &|place| place["stranger"] = json!(1));
    edit("an unknown member of a unit", "/units/0", &|place| place["stranger"] = json!(1));
    edit("an unknown fact", "/units/0/facts", &|place| place["stranger"] = json!(1));
    edit("an unknown role", "/units/0/files", &|place| {
        place["stranger"] = json!({"path": "x", "bytes": 1, "sha256": "0".repeat(64)});
    });
    edit("null for the label", "/label", &set(Value::Null));
    edit("a number for the label", "/label", &set(json!(7)));
    edit("an array for the units", "/units", &set(json!({})));
    edit("a text for a unit", "/units/0", &set(json!("tile")));
    edit("an unknown product", "/product/name", &set(json!("frame-sets")));
    edit("another version", "/product/version", &set(json!(99)));
    edit("a negative version", "/product/version", &set(json!(-1)));
    edit("an unknown status", "/units/0/status", &set(json!("finished")));
    edit("a status in capitals", "/units/0/status", &set(json!("DONE")));
    edit("warnings that are none", "/units/0/warnings", &set(json!([1])));
    for id in ["../x", "a/b", "", ".hidden", "a b", "con\u{0}", "ü"] {
        edit(&format!("the unit id {id:?}"), "/units/0/unit", &set(json!(id)));
    }
    edit("a unit twice", "/units", &|place| {
        let first = place[0].clone();
        place.as_array_mut().into_iter().for_each(|units| units.insert(0, first.clone()));
    });
    edit("a unit twice but for case", "/units", &|place| {
        let mut first = place[0].clone();
        first["unit"] = json!(first["unit"].as_str().unwrap_or_default().to_uppercase());
        place.as_array_mut().into_iter().for_each(|units| units.insert(0, first.clone()));
    });
    let role = value["units"][0]["files"].as_object().and_then(|files| files.keys().next().cloned());
    if let Some(role) = role {
        let file = format!("/units/0/files/{role}");
        for (name, sum) in [
            ("a sum too short", "a".repeat(63)),
            ("a sum too long", "a".repeat(65)),
            ("a sum in capitals", "A".repeat(64)),
            ("a sum of letters", "z".repeat(64)),
            ("an empty sum", String::new()),
        ] {
            edit(name, &format!("{file}/sha256"), &set(json!(sum)));
        }
        for (name, bytes) in [
            ("negative bytes", json!(-1)),
            ("half a byte", json!(0.5)),
            ("bytes as text", json!("9")),
            ("2^63 bytes", json!(9_223_372_036_854_775_807_i64)),
            ("1e300 bytes", json!(1e300)),
        ] {
            edit(name, &format!("{file}/bytes"), &set(bytes));
        }
        for path in
            ["/etc/passwd", "a/../../../b", "..", "", "a//b", "./a", "a\\b", "input:plates/../../x", "input:x", "a\nb"]
        {
            edit(&format!("the path {path:?}"), &format!("{file}/path"), &set(json!(path)));
        }
    }
    edit("a climbing path of what it read", "/reads", &|place| {
        *place = json!([{"input": "frames", "product": {"name": "frame-set", "version": 2}, "step": "mask", "label": "mask",
            "path": "/etc/../etc/passwd", "identity": "0".repeat(64)}]);
    });
    edit("an identity that is none", "/reads", &|place| {
        *place = json!([{"input": "frames", "product": {"name": "frame-set", "version": 2}, "step": "mask", "label": "mask",
            "path": "x.json", "identity": "none"}]);
    });
    Ok(all)
}

/// What no edit of a value makes: text that is no strict JSON.
fn texts(good: &str) -> Vec<Document> {
    let named = |name: &str, text: String| (name.to_owned(), text.into_bytes());
    let put = |more: &str| good.replacen('{', &format!("{{{more},"), 1);
    let deep = |levels: usize| put(&format!("\"deep\":{}{}", "[".repeat(levels), "]".repeat(levels)));
    vec![
        named("a member twice", put("\"label\":\"x\",\"label\":\"y\"")),
        named("NaN", put("\"x\":NaN")),
        named("Infinity", put("\"x\":-Infinity")),
        named("a number beyond the doubles", put("\"x\":1e999")),
        named("an integer beyond 2^53", put("\"x\":9007199254740993")),
        named("an integer of 400 digits", put(&format!("\"x\":{}", "9".repeat(400)))),
        named("a lone surrogate", put("\"x\":\"\\ud800\"")),
        named("a control character", put("\"x\":\"a\u{1}b\"")),
        named("200 levels", deep(200)),
        named("a million levels", deep(1_000_000)),
        named("five million zeros", put(&format!("\"x\":[0{}]", ",0".repeat(5_000_000)))),
        named("a text of 30 MiB as an unknown member", put(&format!("\"x\":\"{}\"", "y".repeat(30 << 20)))),
        named("a name of 5 MiB", put(&format!("\"{}\":1", "n".repeat(5 << 20)))),
        named("a comma too many", good.replacen(":", ":,", 1)),
        named("a comment", put("/* no */\"x\":1")),
        named("single quotes", put("'x':1")),
        named("a byte order mark", format!("\u{feff}{good}")),
        named("a text behind it", format!("{good} {{}}")),
        named("cut in the middle", good[..good.len() / 2].to_owned()),
        named("nothing", String::new()),
        named("blanks", " \n ".repeat(1000)),
        named("an array", format!("[{good}]")),
        named("a web page", "<!DOCTYPE html><html></html>".to_owned()),
        ("UTF-16".to_owned(), good.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("bytes that are no UTF-8".to_owned(), [good.as_bytes(), b"\xff\xfe"].concat()),
        ("zeros".to_owned(), vec![0; 10_000]),
    ]
}

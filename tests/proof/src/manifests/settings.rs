//! Configurations with wrong values: every parameter of a step with values beyond its range and of another type, and TOML
//! that is none.

use serde_json::Value;

/// What was done, and the text of the file.
pub(crate) type Settings = (String, String);

/// Every numeric or truth-valued parameter of a schema with values that it cannot have.
pub(crate) fn of_parameters(schema: &Value) -> Vec<Settings> {
    let mut all = Vec::new();
    walk(schema, &mut Vec::new(), &mut |path, property| {
        let kind = property["type"].as_str().unwrap_or_default();
        let mut wrong: Vec<String> = match kind {
            "number" => ["\"wide\"", "nan", "inf", "true", "[1.0]"].map(str::to_owned).to_vec(),
            "integer" => ["\"many\"", "1.5", "99999999999999999999", "-1.0"].map(str::to_owned).to_vec(),
            "boolean" => vec!["1".to_owned(), "\"true\"".to_owned()],
            _ => return,
        };
        if let Some(least) = property["minimum"].as_f64() {
            wrong.push(if kind == "integer" { format!("{}", least as i64 - 1) } else { format!("{:?}", least - 1.0) });
        }
        if let Some(most) = property["maximum"].as_f64() {
            wrong.push(if kind == "integer" {
                format!("{}", most as i64 + 1)
            } else {
                format!("{:?}", most * 2.0 + 1.0)
            });
        }
        for value in wrong {
            let key = path.join(".");
            all.push((format!("{key} = {value}"), format!("{key} = {value}\n")));
        }
    });
    all
}

fn walk(schema: &Value, path: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &Value)) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        visit(path, property);
        walk(property, path, visit);
        path.pop();
    }
}

/// Files that are no TOML, name what nobody knows, or have no end.
pub(crate) fn broken(table: &str, key: &str) -> Vec<Settings> {
    let named = |name: &str, text: String| (name.to_owned(), text);
    vec![
        named("an unknown key", format!("[{table}]\nno_such_parameter = 1\n")),
        named("an unknown table", format!("[no-such-table]\n{key} = 1.0\n")),
        named("a table for a value", format!("[{table}.{key}]\nx = 1\n")),
        named("a value for a table", format!("{table} = 1\n")),
        named("a key twice", format!("[{table}]\n{key} = 5.0\n{key} = 6.0\n")),
        named("a table twice", format!("[{table}]\n[{table}]\n")),
        named("no value", format!("[{table}]\n{key} =\n")),
        named("two values", format!("[{table}]\n{key} = 5.0 6.0\n")),
        named("an open string", format!("[{table}]\n{key} = \"five\n")),
        named("a date", format!("[{table}]\n{key} = 1953-04-09\n")),
        named("a thousand levels", format!("[{table}]\n{key} = {}{}\n", "[".repeat(1000), "]".repeat(1000))),
        named("a string of 10 MiB", format!("[{table}]\n{key} = \"{}\"\n", "x".repeat(10 << 20))),
        named("a web page", "<!DOCTYPE html>\n<html></html>\n".to_owned()),
        named("zeros", "\0".repeat(1000)),
    ]
}

/// A good workflow made hostile: labels, folders, bindings, steps, keys.
pub(crate) fn workflows(good: &str) -> Vec<Settings> {
    let changed = |name: &str, from: &str, to: &str| (name.to_owned(), good.replacen(from, to, 1));
    let folder = "\"data/masks\"";
    let mut all: Vec<Settings> =
        ["/tmp/masks", "../masks", "data/../../masks", "", ".", "data//masks", "data\\\\masks", "./data"]
            .into_iter()
            .map(|place| changed(&format!("workflow: the folder {place:?}"), folder, &format!("\"{place}\"")))
            .collect();
    all.extend([
        changed("workflow: a folder twice", folder, "\"data/downloads\""),
        changed("workflow: a label twice", "label  = \"mask\"", "label  = \"download\""),
        changed("workflow: a label with a slash", "label  = \"mask\"", "label  = \"a/b\""),
        changed("workflow: an unknown step", "step   = \"mask\"", "step   = \"masque\""),
        changed("workflow: a step with a path", "step   = \"mask\"", "step   = \"../../bin/sh\""),
        changed("workflow: reads from nowhere", "bright = [", "frames = [\"nowhere\"], bright = ["),
        changed("workflow: reads from itself", "bright = [", "frames = [\"mask\"], bright = ["),
        changed("workflow: reads another product", "bright = [\"catalog-bright\"]", "bright = [\"tiling\"]"),
        changed("workflow: an unknown member", "bright = [", "fames = [\"download\"], bright = ["),
        changed("workflow: an unknown key", "label  = \"mask\"", "label  = \"mask\"\ncolour = \"red\""),
        changed("workflow: a number for a label", "label  = \"mask\"", "label  = 7"),
        changed("workflow: also climbs out", "\"filter.manifest.json\"", "\"../../filter.manifest.json\""),
        changed("workflow: also takes the manifest's name", "\"filter.manifest.json\"", "\"manifest.json\""),
        changed(
            "workflow: the configuration climbs out",
            "config      = \"vanished\"",
            "config      = \"../../../etc/passwd\"",
        ),
        changed("workflow: no description", "description =", "descripton ="),
        changed("workflow: not TOML", "[[step]]", "[[step]"),
    ]);
    all
}

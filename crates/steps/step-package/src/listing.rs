//! The table of contents of an archive, `contents.csv`, held against the entries and against what the manifests say.

use std::collections::BTreeMap;

use step_contract::{ProductEntry, RawManifest};

use crate::contents::{CONTENTS, HEADER, Kind};
use crate::error::Problem;
use crate::found::Found;
use crate::name::resolve;

/// One row.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) bytes: String,
    pub(crate) sha256: String,
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) held: bool,
}

/// The rows by name, and what is wrong with the table itself.
pub(crate) fn read(document: Option<&[u8]>, problems: &mut Vec<Problem>) -> BTreeMap<String, Listed> {
    let mut listed = BTreeMap::new();
    let Some(text) = document.and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        problems.push(Problem::new(CONTENTS, "no such entry, or no text", "the table of contents"));
        return listed;
    };
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header != HEADER {
        problems.push(Problem::new(format!("{CONTENTS}: line 1"), format!("{header:?}"), format!("{HEADER:?}")));
    }
    let mut before = String::new();
    for (number, line) in lines.enumerate() {
        let place = format!("{CONTENTS}: line {}", number + 2);
        // Only a name may hold a comma or a quote, and then it is quoted.
        let (name, rest) = match line.strip_prefix('"').and_then(|quoted| quoted.split_once("\",")) {
            Some((name, rest)) => (name.replace("\"\"", "\""), rest),
            None => line.split_once(',').map_or((line.to_owned(), ""), |(name, rest)| (name.to_owned(), rest)),
        };
        let cells = rest.split(',').collect::<Vec<_>>();
        let ([bytes, sha256, kind, label, held @ ("true" | "false")], true) = (&cells[..], name > before) else {
            let expected = "path, bytes, sum, kind, label, true or false, in the order of the paths";
            problems.push(Problem::new(place, format!("{line:?}"), expected));
            continue;
        };
        before.clone_from(&name);
        let (bytes, sha256) = ((*bytes).to_owned(), (*sha256).to_owned());
        let (kind, label, held) = ((*kind).to_owned(), (*label).to_owned(), *held == "true");
        listed.insert(name, Listed { bytes, sha256, kind, label, held });
    }
    listed
}

/// Each row against the entry that it names; each entry must have a row.
pub(crate) fn compare_with_entries(
    listed: &BTreeMap<String, Listed>,
    names: &[&str],
    found: &BTreeMap<String, Found>,
    problems: &mut Vec<Problem>,
) {
    for (name, row) in listed {
        match (row.held, found.get(name)) {
            (false, None) => {}
            (false, Some(_)) => {
                problems.push(Problem::new(name, "an entry", format!("none: {CONTENTS} says that it is not held")))
            }
            // Its entry is there and cannot be read: said already.
            (true, None) if names.contains(&name.as_str()) => {}
            (true, None) => problems.push(Problem::new(name, "nothing", format!("the file that {CONTENTS} lists"))),
            (true, Some(entry)) if entry.bytes.to_string() != row.bytes || entry.sha256 != row.sha256 => {
                let found = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
                problems.push(Problem::new(name, found, format!("{} with {} ({CONTENTS})", row.bytes, row.sha256)));
            }
            (true, Some(_)) => {}
        }
    }
    for name in names.iter().filter(|name| **name != CONTENTS && !listed.contains_key(**name)) {
        problems.push(Problem::new(*name, "an entry that was added", format!("only what {CONTENTS} lists")));
    }
}

/// What the manifests make of a row: its kinds, labels, and whether it must be held.
#[derive(Default)]
struct Wanted {
    kinds: Vec<&'static str>,
    labels: Vec<String>,
    bytes: Option<String>,
    sha256: Option<String>,
    /// Must be in the archive (`Some(true)`), cannot be (`Some(false)`), may be.
    held: Option<bool>,
}

/// Every cell of every row against what the manifests say: nothing is listed for no reason, nothing is left out.
pub(crate) fn compare_with_manifests(
    listed: &BTreeMap<String, Listed>,
    manifests: &BTreeMap<String, RawManifest>,
    products: &[ProductEntry],
    problems: &mut Vec<Problem>,
) {
    let wanted = wanted(manifests, products);
    for (name, row) in listed {
        let place = || format!("{CONTENTS}: {name}");
        let Some(wanted) = wanted.get(name) else {
            // A manifest that does not read is said elsewhere.
            if row.kind != Kind::Manifest.name() {
                problems.push(Problem::new(place(), "a row", "none: no manifest of the archive lists it"));
            }
            continue;
        };
        for (what, found, allowed) in [
            ("kind", &row.kind, wanted.kinds.iter().map(|kind| (*kind).to_owned()).collect()),
            ("label", &row.label, wanted.labels.clone()),
            ("bytes", &row.bytes, wanted.bytes.iter().cloned().collect::<Vec<_>>()),
            ("sha256", &row.sha256, wanted.sha256.iter().cloned().collect()),
        ] {
            if !allowed.is_empty() && !allowed.contains(found) {
                problems.push(Problem::new(place(), format!("{what} {found:?}"), allowed.join(" or ")));
            }
        }
        if wanted.held.is_some_and(|held| held != row.held) {
            problems.push(Problem::new(place(), format!("held {}", row.held), (!row.held).to_string()));
        }
    }
    for name in wanted.keys().filter(|name| !listed.contains_key(*name)) {
        problems.push(Problem::new(name, format!("no row in {CONTENTS}"), "one: a manifest lists it"));
    }
}

fn wanted(manifests: &BTreeMap<String, RawManifest>, products: &[ProductEntry]) -> BTreeMap<String, Wanted> {
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for (name, manifest) in manifests {
        let own = wanted.entry(name.clone()).or_default();
        own.kinds.push(Kind::Manifest.name());
        own.labels.push(manifest.label.clone());
        own.held = Some(true);
        let (product, version) = (&manifest.product.name, manifest.product.version);
        let product = products.iter().find(|entry| entry.name == *product && entry.version == version);
        if let Some(product) = product {
            let schema = wanted.entry(format!("schemas/{}-{}.json", product.name, product.version)).or_default();
            let item = crate::contents::in_memory(Kind::Schema, "", product.schema.as_bytes().to_vec());
            schema.kinds = vec![Kind::Schema.name()];
            schema.labels = vec![String::new()];
            (schema.bytes, schema.sha256, schema.held) = (Some(item.bytes.to_string()), Some(item.sha256), Some(true));
        }
        for (_, role, file) in manifest.all_files() {
            let kind = Kind::of_file(product, role);
            let external = file.path.starts_with("input:");
            let Some(path) = (if external { Some(file.path.clone()) } else { resolve(name, &file.path) }) else {
                continue;
            };
            let row = wanted.entry(path).or_default();
            row.kinds.push(kind.name());
            row.labels.push(manifest.label.clone());
            (row.bytes, row.sha256) = (Some(file.bytes.to_string()), Some(file.sha256.clone()));
            let held = match (external || file.discarded.is_some(), kind) {
                (true, _) => Some(false),
                (false, Kind::Pixels) => None,
                (false, _) => Some(true),
            };
            // What one manifest must have held is held, whatever another may leave out.
            row.held = if row.held == Some(true) || held == Some(true) { Some(true) } else { row.held.or(held) };
        }
    }
    wanted
}

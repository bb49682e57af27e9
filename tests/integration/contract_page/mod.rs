//! `docs/contract.md` says what the code does: its examples are run, its lists are held to the types.

mod examples;
mod lists;
mod scratch;

use serde_json::Value;

/// An example of the page: what stands between two lines of three backticks.
struct Fence {
    /// The words behind the first backticks: `json`, `manifest`.
    words: Vec<String>,
    text: String,
    /// Line of the page on which it begins.
    line: usize,
}

impl Fence {
    /// Whether its words begin so.
    fn is(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(own, wanted)| own == wanted)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("docs/contract.md:{}: {error}", self.line))
    }

    /// The file that it is, where it is one.
    fn file(&self) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix("file="))
    }
}

fn page() -> String {
    std::fs::read_to_string(integration_tests::checkout().join("docs/contract.md")).expect("docs/contract.md")
}

fn fences() -> Vec<Fence> {
    let page = page();
    let mut fences: Vec<Fence> = Vec::new();
    let mut is_open = false;
    for (index, line) in page.lines().enumerate() {
        match (is_open, line.strip_prefix("```")) {
            (false, Some(words)) => {
                let words = words.split_whitespace().map(str::to_owned).collect();
                fences.push(Fence { words, text: String::new(), line: index + 2 });
                is_open = true;
            }
            (true, Some(_)) => is_open = false,
            (true, None) => {
                let fence = fences.last_mut().expect("one is open");
                fence.text += line;
                fence.text.push('\n');
            }
            (false, None) => {}
        }
    }
    assert!(!is_open, "docs/contract.md: an example has no end");
    fences
}

/// The examples whose words begin so; there is at least one.
fn fences_of(words: &[&str]) -> Vec<Fence> {
    let found: Vec<Fence> = fences().into_iter().filter(|fence| fence.is(words)).collect();
    assert!(!found.is_empty(), "docs/contract.md: no example {words:?}");
    found
}

/// The one example with exactly these words.
fn fence(words: &[&str]) -> Fence {
    let mut found = fences_of(words);
    found.retain(|fence| fence.words.len() == words.len());
    assert_eq!(found.len(), 1, "docs/contract.md: one example {words:?}");
    found.remove(0)
}

/// The text below a heading, up to the next one.
fn section(heading: &str) -> String {
    let page = page();
    let begin = page.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("docs/contract.md: no {heading}"));
    let rest = &page[begin + 1..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

#[test]
fn every_example_is_run_by_a_test() {
    let run: [&[&str]; 10] = [
        &["json", "manifest"],
        &["json", "unit"],
        &["json", "identity"],
        &["text", "canonical"],
        &["text", "sha256"],
        &["json", "key"],
        &["json", "describe"],
        &["json", "events"],
        &["json", "event-line"],
        &["sh", "run"],
    ];
    for fence in fences() {
        let is_run = fence.file().is_some() || run.iter().any(|words| fence.is(words));
        assert!(is_run, "docs/contract.md:{}: no test runs the example {:?}", fence.line, fence.words);
    }
}

#[test]
fn the_page_is_80_columns_wide_and_its_contents_lead_to_its_headings() {
    let page = page();
    // A sum of 64 digits cannot be broken.
    let has_sum = |line: &str| line.split('"').any(|word| word.len() == 64);
    for (index, line) in page.lines().enumerate().filter(|(_, line)| !has_sum(line)) {
        assert!(line.chars().count() <= 80, "docs/contract.md:{}: more than 80 columns", index + 1);
    }
    let slug = |heading: &str| heading.to_lowercase().replace(' ', "-");
    let headings: Vec<String> = page.lines().filter_map(|line| line.strip_prefix("## ")).map(slug).collect();
    let linked: Vec<&str> = page.split("](#").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).collect();
    for link in &linked {
        assert!(headings.iter().any(|heading| heading == link), "docs/contract.md: no heading #{link}");
    }
    for heading in &headings {
        assert!(linked.contains(&heading.as_str()), "docs/contract.md: the contents lack {heading}");
    }
}

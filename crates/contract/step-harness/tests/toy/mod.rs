//! A toy product and toy steps: texts, whose words are counted.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses some of the toys")]

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{
    AdoptedFile, AdoptedUnit, DoneUnit, FileEntry, Job, Members, Product, Reason, RunManifests, Shared, Status, Unit,
    file_set, inputs,
};
use step_harness::{ErrorEnding, Outcome, OutputDir, OutputError, Scope, Step, StepError, Units};

/// Texts.
#[derive(Clone, Debug, PartialEq)]
pub struct TextSet;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextFiles {
    pub text: FileEntry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<FileEntry>,
}

file_set!(TextFiles { required text; optional index; });

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextFacts {
    /// Words in the text.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub words: u64,
    /// Mean length of a word.
    #[schemars(range(min = 0.0))]
    pub mean_length: f64,
    /// Labels whose unit was not done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    pub kept: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Documented.
    Latin,
    /// Documented too.
    OldGreek,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextPayload {
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub words: u64,
}

impl Product for TextSet {
    const NAME: &'static str = "text-set";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("schemas/text-set.json");
    type Files = TextFiles;
    type Facts = TextFacts;
    type Payload = TextPayload;

    fn payload(units: &[Unit<Self>]) -> TextPayload {
        TextPayload { words: units.iter().filter_map(|unit| unit.facts.as_ref()).map(|facts| facts.words).sum() }
    }

    fn group(facts: &TextFacts) -> Option<&str> {
        facts.group.as_deref()
    }

    fn kind(facts: &TextFacts) -> Option<&str> {
        facts.kind.as_deref()
    }

    fn root(facts: &TextFacts) -> Option<&str> {
        facts.root.as_deref()
    }

    fn kept(facts: &TextFacts) -> bool {
        facts.selection.as_ref().is_none_or(|selection| selection.kept)
    }

    const ADOPTED_ENDINGS: &'static [&'static str] = &["txt"];

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        let text = std::fs::read_to_string(&file.path).map_err(|error| format!("{}: {error}", file.path.display()))?;
        let files = TextFiles { text: file.entry.clone(), index: None };
        Ok(vec![AdoptedUnit { unit: file.unit.clone(), files, facts: facts_of(&text) }])
    }
}

/// Words such as `group=m31`, `kind=light`, `root=m31` and `rejected` say what ties a text to others.
pub fn facts_of(text: &str) -> TextFacts {
    let said = |name: &str| text.split_whitespace().find_map(|word| word.strip_prefix(name)).map(str::to_owned);
    let rejected = text.split_whitespace().any(|word| word == "rejected");
    let lengths: Vec<usize> = text.split_whitespace().map(str::len).collect();
    let mean_length = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
    TextFacts {
        words: lengths.len() as u64,
        mean_length,
        missing: Vec::new(),
        language: None,
        group: said("group="),
        kind: said("kind="),
        root: said("root="),
        selection: rejected.then_some(Selection { kept: false }),
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ToyError {
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("read {0}: {1}")]
    Read(String, std::io::Error),
    #[error("the text at {0} says {1}")]
    Says(String, &'static str),
}

impl StepError for ToyError {
    fn ending(&self) -> ErrorEnding {
        let reason = |kind: &str| Reason::new(kind, self.to_string());
        match self {
            Self::Output(_) | Self::Read(..) => ErrorEnding::Disk(reason("disk")),
            Self::Says(_, "hopeless") => ErrorEnding::Unprocessable(reason("hopeless")),
            Self::Says(_, "flaky") => ErrorEnding::Failed { reason: reason("timeout"), temporary: true },
            Self::Says(..) => ErrorEnding::Failed { reason: reason("said_so"), temporary: false },
        }
    }
}

/// The text of a unit; words in it make the toy fail.
fn read(unit: &DoneUnit<'_, TextSet>) -> Result<String, ToyError> {
    let path = unit.file("text");
    let text = std::fs::read_to_string(&path).map_err(|error| ToyError::Read(path.display().to_string(), error))?;
    for word in ["hopeless", "flaky", "fail"] {
        if text.split_whitespace().any(|found| found == word) {
            return Err(ToyError::Says(path.display().to_string(), word));
        }
    }
    assert!(!text.contains("panic"), "the text says panic");
    Ok(text)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WordsConfig {
    pub transform: TransformParams,
    /// Attempts.
    #[schemars(range(min = 1), extend("x-execution" = true, "x-flag" = "--retry"))]
    pub retry: u32,
    /// What is added.
    #[schemars(extend("x-flag" = "--suffix"))]
    pub suffix: String,
    /// Slow units take so long.
    #[schemars(extend("x-execution" = true))]
    pub pause_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TransformParams {
    /// Shorter words are left out.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub min_length: f64,
}

impl Default for TransformParams {
    fn default() -> Self {
        Self { min_length: 0.0 }
    }
}

impl Default for WordsConfig {
    fn default() -> Self {
        Self { transform: TransformParams::default(), retry: 3, suffix: String::new(), pause_s: 0.0, note: None }
    }
}

inputs! { pub struct WordsInputs { texts: TextSet } }

/// Unit by unit: words of a minimum length, one a line.
pub struct Words;

impl Step for Words {
    const ID: &'static str = "words";
    const VERSION: &'static str = "1.2.3";
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = WordsConfig;
    type Inputs = WordsInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn config_from(path: &Path, bytes: &[u8]) -> Option<Result<serde_json::Value, String>> {
        (path.extension()? == "words").then(|| match std::str::from_utf8(bytes) {
            Ok(text) => Ok(serde_json::json!({"suffix": text.trim()})),
            Err(error) => Err(error.to_string()),
        })
    }

    fn run(
        config: &WordsConfig,
        inputs: WordsInputs,
        out: &mut OutputDir<TextSet>,
    ) -> Result<Units<TextSet>, ToyError> {
        let jobs: Vec<Job> =
            inputs.texts.units().map(|unit| Job::new(unit.id()).needs(&inputs.texts, unit.id())).collect();
        out.for_each_unit(jobs, |needs, files| {
            let text = read(&needs.unit(&inputs.texts))?;
            if text.contains("nothing") {
                return Ok(Outcome::NoWork(Reason::new("nothing", "the text has nothing")));
            }
            if text.contains("slow") {
                std::thread::sleep(std::time::Duration::from_secs_f64(config.pause_s));
            }
            if text.contains("odd") {
                files.warn("odd", "the text is odd");
                files.note("waited_s", 0.5);
                files.attempts(2);
            }
            let words: Vec<String> = text
                .split_whitespace()
                .filter(|word| word.len() as f64 >= config.transform.min_length)
                .map(|word| format!("{word}{}\n", config.suffix))
                .collect();
            files.write("text", ".txt", Some(words.len() as u64), |writer| {
                words.iter().try_for_each(|word| writer.write_all(word.as_bytes())).map_err(disk)
            })?;
            let mut facts = facts_of(&words.concat());
            if text.contains("nan") {
                facts.mean_length = f64::NAN;
            }
            if text.contains("negative") {
                facts.mean_length = -1.0;
            }
            Ok(Outcome::Done(facts))
        })
    }
}

fn disk(source: std::io::Error) -> ToyError {
    OutputError { path: "text".into(), source }.into()
}

inputs! { pub struct CompareInputs { left: TextSet, right: Option<TextSet>, references: Vec<TextSet> } }

/// Two inputs of one product, and any number of references.
pub struct Compare;

impl Step for Compare {
    const ID: &'static str = "compare";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    const MAX_CONCURRENT_UNITS: usize = 1;
    type Config = EmptyConfig;
    type Inputs = CompareInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: CompareInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        let CompareInputs { left, right, references } = &inputs;
        let jobs: Vec<Job> = left
            .units()
            .map(|unit| Job::new(unit.id()).needs(left, unit.id()).needs(right, unit.id()).needs(references, unit.id()))
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let mut text = read(&needs.unit(left))?;
            if let Some(unit) = needs.unit_if(right) {
                text.push_str(&read(&unit)?);
            }
            let mut missing = Vec::new();
            for member in needs.members(references) {
                match &member.done {
                    Some(unit) => text.push_str(&read(unit)?),
                    None => missing.push(format!("{} {:?}", member.label, member.status)),
                }
            }
            files.write("text", "_compared.txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
            Ok(Outcome::Done(TextFacts { missing, ..facts_of(&text) }))
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EmptyConfig {}

inputs! { pub struct CountInputs { texts: TextSet, run: RunManifests } }

/// Many to one: all texts in one, with a table of the run.
pub struct Count;

impl Step for Count {
    const ID: &'static str = "count";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Run;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = EmptyConfig;
    type Inputs = CountInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: CountInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        let job = Job::new("all").needs_all(&inputs.texts).needs_run(&inputs.run);
        let units = out.for_each_unit::<ToyError, _>([job], |needs, files| {
            let mut text = String::new();
            for unit in needs.units(&inputs.texts) {
                text.push_str(&read(&unit)?);
            }
            files.write("text", ".txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
            let missing =
                inputs.texts.units().filter(|unit| unit.status() != Status::Done).map(|unit| unit.id().to_owned());
            Ok(Outcome::Done(TextFacts { missing: missing.collect(), ..facts_of(&text) }))
        })?;
        let words: u64 = units.as_slice().iter().filter_map(|unit| unit.facts.as_ref()).map(|facts| facts.words).sum();
        out.run_file("table", "table.csv", Some(1), |writer| writeln!(writer, "words\n{words}").map_err(disk))?;
        Ok(units)
    }
}

/// Takes each text from the library, where it lies by its words.
pub struct Shelve;

impl Step for Shelve {
    const ID: &'static str = "shelve";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = EmptyConfig;
    type Inputs = WordsInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: WordsInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        let library = out.library();
        let jobs: Vec<Job> =
            inputs.texts.units().map(|unit| Job::new(unit.id()).needs(&inputs.texts, unit.id())).collect();
        out.for_each_unit(jobs, |needs, files| {
            let sum = needs.unit(&inputs.texts).entry("text").map(|entry| entry.sha256.clone()).unwrap_or_default();
            let mut made = false;
            let made_of = Job::new(format!("book_{}", &sum[..8])).needs(&inputs.texts, needs.id());
            let book = library.get_or_make::<ToyError>(&made_of, |needs, shelf| {
                made = true;
                let text = read(&needs.unit(&inputs.texts))?;
                shelf.write("text", ".txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
                Ok(facts_of(&text))
            })?;
            files.note("made", made);
            files.refer("text", &book.unit(), "text")?;
            Ok(Outcome::Done(book.unit().facts().clone()))
        })
    }
}

inputs! { pub struct StackInputs { texts: Members<TextSet>, limits: Option<Shared<TextSet>> } }

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StackConfig {
    /// Members that it needs.
    #[schemars(range(min = 1))]
    pub min_members: u32,
}

impl Default for StackConfig {
    fn default() -> Self {
        Self { min_members: 1 }
    }
}

/// Group by group: the texts of all kept lights in one; `missing` names the members that are not done, and counts the rejected.
pub struct Stack;

impl Step for Stack {
    const ID: &'static str = "stack";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Group;
    const KINDS: &'static [&'static str] = &["light"];
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = StackConfig;
    type Inputs = StackInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(
        config: &StackConfig,
        inputs: StackInputs,
        out: &mut OutputDir<TextSet>,
    ) -> Result<Units<TextSet>, ToyError> {
        let jobs: Vec<Job> = inputs
            .texts
            .groups()
            .map(|group| Job::new(group).members(&inputs.texts, group).min_members(config.min_members as usize))
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let group = needs.group(&inputs.texts);
            let mut text = String::new();
            for unit in group.kept() {
                text.push_str(&read(&unit)?);
                text.push('\n');
            }
            files.write("text", ".txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
            let mut missing: Vec<String> =
                group.missing().map(|member| format!("{} {:?}", member.id(), member.status())).collect();
            missing.push(format!("{} kept, {} rejected", group.kept().count(), group.rejected().count()));
            let stacked = format!("group={} kind=stack", needs.id().split('_').next().unwrap_or_default());
            Ok(Outcome::Done(TextFacts { words: facts_of(&text).words, missing, ..facts_of(&stacked) }))
        })
    }
}

/// Group by group: the biases of each camera, one after the other.
pub struct Masters;

impl Step for Masters {
    const ID: &'static str = "masters";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Group;
    const KINDS: &'static [&'static str] = &["bias", "dark"];
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = EmptyConfig;
    type Inputs = StackInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: StackInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        let jobs: Vec<Job> = inputs.texts.groups().map(|group| Job::new(group).members(&inputs.texts, group)).collect();
        out.for_each_unit(jobs, |needs, files| {
            let mut words: u64 = 0;
            for unit in needs.group(&inputs.texts).kept() {
                words += facts_of(&read(&unit)?).words;
            }
            files.write("text", ".txt", None, |writer| write!(writer, "{words}").map_err(disk))?;
            Ok(Outcome::Done(TextFacts { words, ..facts_of("") }))
        })
    }
}

inputs! { pub struct CalibrateInputs { texts: TextSet, masters: Shared<TextSet> } }

/// Unit by unit: each light with the master that its word `master=` names.
pub struct Calibrate;

impl Step for Calibrate {
    const ID: &'static str = "calibrate";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Unit;
    const KINDS: &'static [&'static str] = &["light"];
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = EmptyConfig;
    type Inputs = CalibrateInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: CalibrateInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        let CalibrateInputs { texts, masters } = &inputs;
        let jobs: Vec<Job> =
            texts.units().map(|unit| Job::new(unit.id()).needs(texts, unit.id()).shares(masters, "bias_c1")).collect();
        out.for_each_unit(jobs, |needs, files| {
            let text = format!("{} {}", read(&needs.unit(texts))?, read(&needs.named(masters, "bias_c1"))?);
            files.write("text", ".txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
            Ok(Outcome::Done(facts_of(&text)))
        })
    }
}

/// Each unit borrows one of four masters of the library, whose making is spread over threads.
pub struct Borrow;

impl Step for Borrow {
    const ID: &'static str = "borrow";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = EmptyConfig;
    type Inputs = CalibrateInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: CalibrateInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        use rayon::prelude::*;
        let CalibrateInputs { texts, masters } = &inputs;
        let library = out.library();
        let jobs: Vec<Job> = texts.units().map(|unit| Job::new(unit.id()).needs(texts, unit.id())).collect();
        out.for_each_unit(jobs, |needs, files| {
            let number: usize = needs.id().trim_start_matches('u').parse().unwrap_or_default();
            let master = format!("m{}", number % 4);
            let made_of = Job::new(master.clone()).shares(masters, &master);
            let spread =
                || (0..64).into_par_iter().for_each(|_| std::thread::sleep(std::time::Duration::from_millis(1)));
            spread();
            let mut made = false;
            let book = library.get_or_make::<ToyError>(&made_of, |needs, shelf| {
                made = true;
                spread();
                let text = read(&needs.named(masters, &master))?;
                shelf.write("text", ".txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
                Ok(facts_of(&text))
            })?;
            files.note("made", made);
            files.refer("text", &book.unit(), "text")?;
            Ok(Outcome::Done(book.unit().facts().clone()))
        })
    }
}

/// A unit takes as many MiB as its text has words.
pub struct Heavy;

impl Step for Heavy {
    const ID: &'static str = "heavy";
    const VERSION: &'static str = "1.0.0";
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = EmptyConfig;
    type Inputs = WordsInputs;
    type Output = TextSet;
    type Error = ToyError;

    fn run(_: &EmptyConfig, inputs: WordsInputs, out: &mut OutputDir<TextSet>) -> Result<Units<TextSet>, ToyError> {
        let jobs: Vec<Job> = inputs
            .texts
            .units()
            .map(|unit| {
                let words = unit.facts().map_or(0, |facts| facts.words);
                Job::new(unit.id()).needs(&inputs.texts, unit.id()).memory(words << 20)
            })
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let text = read(&needs.unit(&inputs.texts))?;
            let taken = vec![1_u8; (facts_of(&text).words as usize) << 20];
            std::thread::sleep(std::time::Duration::from_millis(20));
            let text = format!("{}", taken.iter().map(|byte| u64::from(*byte)).sum::<u64>());
            files.write("text", ".txt", None, |writer| writer.write_all(text.as_bytes()).map_err(disk))?;
            Ok(Outcome::Done(facts_of(&text)))
        })
    }
}

/// Writes texts, one file each, and returns their folder.
pub fn write_texts(folder: &Path, texts: &[(&str, &str)]) -> std::path::PathBuf {
    std::fs::create_dir_all(folder).expect("a folder");
    for (name, text) in texts {
        std::fs::write(folder.join(format!("{name}.txt")), text).expect("a text");
    }
    folder.to_owned()
}

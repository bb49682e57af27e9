//! A workflow or configuration that says only how it differs from another one.

use toml::{Table, Value};

use crate::workflow::Workflow;

/// The member that names what is extended.
pub(crate) const EXTENDS: &str = "extends";
/// The member of a step that says behind which label it stands.
const AFTER: &str = "after";
/// The member that lists labels to leave out.
const WITHOUT: &str = "without";

/// The name after `extends`; `below` are the names on the way, so that a circle is found.
pub(crate) fn name_of_base(shown: &str, name: Option<&str>, below: &mut Vec<String>) -> Result<String, String> {
    let name = name.ok_or_else(|| format!("{shown}: at {EXTENDS}: expected a name such as \"vanished\"; mend it"))?;
    if below.iter().any(|known| known == name) {
        let circle = below.join(", ");
        return Err(format!("{shown}: it extends {name}, which extends it ({circle}); take one {EXTENDS} away"));
    }
    below.push(name.to_owned());
    Ok(name.to_owned())
}

/// The tables of a workflow: the base with the differences laid over it.
///
/// A `[[step]]` of a label that the base has changes what it says (its `reads` by member); a new label stands behind the label that its
/// `after` names, and so does an old one with `after`. `without` leaves labels out; each `[[rule]]` is added.
pub(crate) fn lay_over(base: Workflow, mut own: Table) -> Result<Table, String> {
    let mut tables = Table::try_from(base).map_err(|error| error.to_string())?;
    own.remove(EXTENDS);
    let mut steps = tables_of(tables.remove("step"), "step")?;
    for label in strings(own.remove(WITHOUT))? {
        let place = place_of(&steps, &label).ok_or_else(|| unknown(&steps, WITHOUT, &label))?;
        steps.remove(place);
    }
    for mut difference in tables_of(own.remove("step"), "step")? {
        let label =
            difference.get("label").and_then(Value::as_str).ok_or("a [[step]] has no label; give it one")?.to_owned();
        let after = difference.remove(AFTER);
        let known = place_of(&steps, &label);
        let step = match known {
            Some(place) => over_step(steps[place].clone(), difference),
            None => difference,
        };
        match (after, known) {
            (None, Some(place)) => steps[place] = step,
            (None, None) => {
                return Err(format!("step {label}: it is new: say behind which label it stands ({AFTER} = \"LABEL\")"));
            }
            (Some(after), known) => {
                if let Some(place) = known {
                    steps.remove(place);
                }
                let after = after.as_str().unwrap_or_default().to_owned();
                let place = place_of(&steps, &after).ok_or_else(|| unknown(&steps, AFTER, &after))?;
                steps.insert(place + 1, step);
            }
        }
    }
    let mut rules = tables_of(tables.remove("rule"), "rule")?;
    rules.extend(tables_of(own.remove("rule"), "rule")?);
    tables.extend(own);
    tables.insert("step".to_owned(), steps.into_iter().map(Value::Table).collect::<Vec<_>>().into());
    tables.insert("rule".to_owned(), rules.into_iter().map(Value::Table).collect::<Vec<_>>().into());
    Ok(tables)
}

fn over_step(mut step: Table, difference: Table) -> Table {
    for (name, value) in difference {
        match (step.get_mut(&name), value) {
            (Some(Value::Table(members)), Value::Table(more)) => members.extend(more),
            (_, value) => {
                step.insert(name, value);
            }
        }
    }
    step
}

fn place_of(steps: &[Table], label: &str) -> Option<usize> {
    steps.iter().position(|step| step.get("label").and_then(Value::as_str) == Some(label))
}

fn unknown(steps: &[Table], member: &str, label: &str) -> String {
    let labels: Vec<&str> = steps.iter().filter_map(|step| step.get("label")?.as_str()).collect();
    format!("at {member}: found {label:?}, expected a label ({}); mend the workflow", labels.join(", "))
}

fn tables_of(value: Option<Value>, member: &str) -> Result<Vec<Table>, String> {
    let list = match value {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(format!("at {member}: expected [[{member}]]; mend the workflow")),
    };
    let table = |value| match value {
        Value::Table(table) => Ok(table),
        _ => Err(format!("at {member}: expected tables; mend the workflow")),
    };
    list.into_iter().map(table).collect()
}

fn strings(value: Option<Value>) -> Result<Vec<String>, String> {
    let list = value.and_then(|value| value.as_array().cloned()).unwrap_or_default();
    let string =
        |value: Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("at {WITHOUT}: expected labels"));
    list.into_iter().map(string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#"
        description = "two steps"
        config = "base"
        [[step]]
        label = "mask"
        [[step]]
        label = "detect-p1"
        step = "detect"
        reads = { frames = ["mask"] }
    "#;

    fn extended(differences: &str) -> Result<Workflow, String> {
        let base = Workflow::parse("base", BASE).map_err(|error| error.to_string())?;
        let own: Table = differences.parse().expect("TOML");
        Workflow::of_tables("own", lay_over(base, own)?).map_err(|error| error.to_string())
    }

    #[test]
    fn a_step_stands_where_it_is_put_and_an_old_one_keeps_what_is_not_said() {
        let put =
            extended("step = [{ label = \"trails\", after = \"mask\" }, { label = \"detect-p1\", log = \"p1\" }]");
        let put = put.expect("a workflow");
        assert_eq!(put.labels(), ["mask", "trails", "detect-p1"]);
        assert_eq!((put.steps[1].step.as_str(), put.steps[1].folder.as_str()), ("trails", "data/trails"));
        assert_eq!((put.steps[2].log.as_str(), put.steps[2].step.as_str()), ("p1", "detect"));
        assert_eq!(put.steps[2].reads["frames"], ["mask"]);
        let moved = extended("without = [\"mask\"]\nstep = [{ label = \"detect-p1\", reads = { frames = [] } }]");
        assert_eq!(moved.expect("a workflow").labels(), ["detect-p1"]);
    }

    #[test]
    fn a_new_step_without_a_place_and_an_unknown_label_are_refused() {
        let error = extended("step = [{ label = \"trails\" }]").expect_err("no place");
        assert!(error.contains("step trails") && error.contains("after"), "{error}");
        let error = extended("without = [\"psf\"]").expect_err("no such label");
        assert!(error.contains("\"psf\"") && error.contains("mask, detect-p1"), "{error}");
    }

    #[test]
    fn a_circle_is_named() {
        let mut below = vec!["a".to_owned()];
        assert!(name_of_base("b.toml", Some("a"), &mut below).expect_err("a circle").contains("extends a"));
    }
}

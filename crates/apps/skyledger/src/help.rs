//! The page of `skyledger --help`: the verbs in groups.

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;

/// Every verb, by what it is for.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Survey", &["run", "plan", "merge", "explain"]),
    ("Look", &["status"]),
    ("Prove", &["verify", "schema", "check-services"]),
    ("Parts", &["step", "adopt", "completions", "man", "demo"]),
];

/// The command line, with a help page that shows the verbs in their groups.
pub(crate) fn command() -> Command {
    let command = Cli::command();
    let template = format!("{{about}}\n\n{{usage-heading}} {{usage}}\n{}\nOptions:\n{{options}}", groups(&command));
    command.help_template(template)
}

/// Each group with the first line of what its verbs do.
fn groups(command: &Command) -> String {
    let width = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter()).map(|verb| verb.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (title, verbs) in GROUPS {
        text.push_str(&format!("\n{title}:\n"));
        for verb in verbs {
            let about = command.find_subcommand(verb).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {verb:<width$}  {}\n", about.lines().next().unwrap_or_default()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_verb_stands_in_one_group_and_says_what_it_does() {
        let command = Cli::command();
        let verbs: BTreeSet<&str> = command.get_subcommands().map(Command::get_name).collect();
        let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter().copied()).collect();
        assert_eq!(
            grouped.iter().copied().collect::<BTreeSet<_>>(),
            verbs,
            "a verb without a group, or one that is not there"
        );
        assert_eq!(grouped.len(), verbs.len(), "a verb in two groups");
        let help = super::command().render_help().to_string();
        for (title, verbs) in GROUPS {
            assert!(help.contains(&format!("\n{title}:\n")), "{help}");
            for verb in verbs {
                let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{verb} ")));
                assert!(line.is_some_and(|line| line.trim().len() > verb.len() + 5), "{verb} says nothing:\n{help}");
            }
        }
    }
}

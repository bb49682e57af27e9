//! The command line of a step's program.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::Value;
use step_contract::Event;

use crate::config::{DeclaredFlag, declared_flags, parse_set};
use crate::ended::Ended;
use crate::events::Events;
use crate::exit;
use crate::logs;
use crate::options::{Options, bytes, pair};
use crate::perform::perform;
use crate::places::places;
use crate::program::Program;
use crate::report::Report;
use crate::stop::Stop;

/// Does what the arguments say.
pub(crate) fn command(program: &Program, arguments: &[OsString], build: &str, name: &str) -> ExitCode {
    let schema = (program.config_schema)();
    let flags = declared_flags(&schema);
    let parser = parser(program, &flags, build, name);
    let words = std::iter::once(OsString::from(name)).chain(arguments.iter().cloned());
    let matches = match parser.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE });
        }
    };
    match matches.subcommand() {
        Some(("describe", _)) => print(&format!("{:#}", program.describe())),
        Some(("config-schema", _)) => print(&format!("{schema:#}")),
        Some(("run", matches)) => {
            let command: Vec<String> = std::iter::once(name.to_owned())
                .chain(arguments.iter().map(|word| word.to_string_lossy().into_owned()))
                .collect();
            match options(matches, &flags, command) {
                Ok(options) => ExitCode::from(run(program, &options, build)),
                Err(message) => {
                    say(&format!("error: {message}"));
                    ExitCode::from(exit::USAGE)
                }
            }
        }
        _ => ExitCode::from(exit::USAGE),
    }
}

fn run(program: &Program, options: &Options, build: &str) -> u8 {
    logs::panics_to_log();
    let stop = Stop::default();
    let label = options.label.clone().unwrap_or_else(|| program.id.to_owned());
    let events = match options.events_fd.map(Events::to_descriptor) {
        None => Events::to_terminal(&label, !options.quiet && !options.dry_run),
        Some(Ok(events)) => events,
        Some(Err(error)) => {
            say(&format!("error: --events-fd: {error}"));
            return exit::USAGE;
        }
    };
    let started = places(program, options).and_then(|places| {
        let file = (!options.dry_run).then_some(places.log.as_path());
        let told = options.events_fd.is_some().then(|| events.clone());
        logs::start(file, options.quiet, told).map_err(|error| Ended::new(exit::DISK, error))?;
        stop.on_signals().map_err(|error| Ended::new(exit::DISK, error))?;
        if let Some(descriptor) = options.parent_pipe {
            stop.on_end_of_pipe(descriptor).map_err(|error| Ended::new(exit::USAGE, error))?;
        }
        stop.end_after_grace(options.resume());
        Ok(places)
    });
    let report = match started {
        Ok(places) => perform(program, options, places, build, &stop, events.clone()).0,
        Err(ended) => {
            Report { step: program.id.to_owned(), exit: ended.exit, error: Some(ended.message), ..Report::default() }
        }
    };
    events.end();
    tell(&report, options, &events);
    report.exit
}

fn tell(report: &Report, options: &Options, events: &Events) {
    if options.json || options.dry_run {
        let shown = match (&report.plan, options.json) {
            (Some(plan), false) => serde_json::to_string_pretty(plan),
            _ => serde_json::to_string_pretty(report),
        };
        let _ = print(&shown.unwrap_or_default());
    }
    if options.events_fd.is_some() {
        if let Some(error) = &report.error {
            events.tell(&Event::Message { is_error: true, unit: None, message: error.clone() });
        }
        return;
    }
    if let Some(error) = &report.error {
        say(&format!("error: {error}"));
    } else if !options.quiet && !options.dry_run {
        let counts: Vec<String> = report.units.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let manifest = report.manifest.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        say(&format!("{}: {} ({manifest})", report.label, counts.join(", ")));
    }
    if let Some(resume) = &report.resume {
        say(&format!("resume with: {resume}"));
    }
}

/// A line for people; nobody reading it is no error.
fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(exit::DISK),
        _ => ExitCode::from(exit::DONE),
    }
}

fn parser(program: &Program, flags: &[DeclaredFlag], build: &str, name: &str) -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let many = |name: &'static str, value: &'static str, help: &'static str| {
        option(name, value, help).action(ArgAction::Append)
    };
    let path = |name: &'static str, value: &'static str, help: &'static str| {
        option(name, value, help).value_parser(value_parser!(PathBuf))
    };
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let inputs: Vec<String> = (program.specs)()
        .iter()
        .map(|spec| {
            format!(
                "{} ({}, {})",
                spec.name,
                if spec.product.is_empty() { "manifests" } else { spec.product },
                arity(spec.arity)
            )
        })
        .collect();
    let mut run = Command::new("run")
        .about("Reads manifests or files, writes one manifest and its files")
        .after_help(format!("Inputs: {}\nOutput: {}", inputs.join(", "), program.output.0))
        .arg(path("out", "DIR", "Folder that the step owns").required(true))
        .arg(many("read", "NAME=PATH", "Binds an input: a manifest, its folder, or files that describe themselves"))
        .arg(many("input", "NAME=DIR", "Offers a folder of files to the input of that name"))
        .arg(path("config", "FILE", "Configuration (TOML, JSON, or a file of the field)"))
        .arg(many("set", "KEY=VALUE", "Sets one parameter (VALUE in TOML)"))
        .arg(option("label", "LABEL", "Label of the step in its workflow [default: the step]"))
        .arg(option("run-id", "ID", "Run id [default: that of the inputs, else local]"))
        .arg(many("service", "NAME=URL", "Address of a service that the configuration names"))
        .arg(option("shard", "i/n", "Takes part i of n of the units").value_parser(str::parse::<step_contract::Shard>))
        .arg(option(
            "only",
            "UNIT",
            "Runs this unit alone (or the units of this group or root); the others keep their entries",
        ))
        .arg(option("threads", "N", "Threads [default: all cores]").value_parser(value_parser!(u32).range(1..)))
        .arg(option("memory", "SIZE", "Memory for units at work, as 4G [default: half]").value_parser(bytes))
        .arg(path("root", "DIR", "Where data/ and logs/ lie [default: here]"))
        .arg(path("cache", "DIR", "Cache of all runs [default: ROOT/data/cache]"))
        .arg(path("library", "DIR", "Products by content [default: ROOT/data/library]"))
        .arg(path("log", "FILE", "Log [default: ROOT/logs/LABEL/ID.log]"))
        .arg(option("also", "NAME", "Writes the manifest under this name too"))
        .arg(option("parent-pipe", "FD", "Ends when this pipe ends").value_parser(value_parser!(u32)))
        .arg(option("events-fd", "FD", "Writes events there, as JSON lines").value_parser(value_parser!(u32)))
        .arg(option("max-failed", "N", "Stops when more units failed").value_parser(value_parser!(u32)))
        .arg(switch("fail-fast", "Stops at the first unit that fails"))
        .arg(switch("keep-unlisted", "Leaves files that the new manifest does not list"))
        .arg(switch("dry-run", "Prints what would happen to each unit, as JSON"))
        .arg(switch("json", "Prints the outcome as JSON"))
        .arg(switch("quiet", "Only warnings on stderr"));
    for flag in flags {
        run = run.arg(Arg::new(flag.name.clone()).long(flag.name.clone()).value_name("VALUE").help(flag.help.clone()));
    }
    Command::new(name.to_owned())
        .version(format!("{} ({build})", program.version))
        .about(format!("Step {} of Skyledger", program.id))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("describe").about("Prints what the step reads, writes and needs, as JSON"))
        .subcommand(Command::new("config-schema").about("Prints the JSON Schema of the configuration"))
        .subcommand(run)
}

const fn arity(arity: step_contract::Arity) -> &'static str {
    match arity {
        step_contract::Arity::One => "one",
        step_contract::Arity::Optional => "optional",
        step_contract::Arity::Many => "any number",
        step_contract::Arity::Run => "all of the run",
    }
}

fn options(matches: &ArgMatches, flags: &[DeclaredFlag], command: Vec<String>) -> Result<Options, String> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let pairs = |name: &str| {
        matches
            .get_many::<String>(name)
            .into_iter()
            .flatten()
            .map(|text| pair(text))
            .collect::<Result<Vec<_>, String>>()
    };
    let paths = |name: &str| {
        Ok::<_, String>(pairs(name)?.into_iter().map(|(name, path)| (name, PathBuf::from(path))).collect::<Vec<_>>())
    };
    let mut settings: Vec<(String, Value)> = Vec::new();
    for flag in flags {
        if let Some(value) = matches.get_one::<String>(&flag.name) {
            let key = flag.path.join(".");
            let value =
                if flag.is_text { Value::from(value.as_str()) } else { parse_set(&format!("{key}={value}"))?.1 };
            settings.push((key, value));
        }
    }
    for setting in matches.get_many::<String>("set").into_iter().flatten() {
        settings.push(parse_set(setting)?);
    }
    let number = |name: &str| matches.get_one::<u32>(name).map(|number| *number as usize);
    Ok(Options {
        label: text("label"),
        run_id: text("run-id"),
        out: path("out").unwrap_or_default(),
        also: text("also").filter(|name| step_contract::is_unit_id(name)),
        config_file: path("config"),
        settings,
        overlays: Vec::new(),
        read: paths("read")?,
        input: paths("input")?,
        services: pairs("service")?.into_iter().collect(),
        shard: matches.get_one("shard").copied(),
        only: text("only"),
        threads: number("threads"),
        memory_bytes: matches.get_one("memory").copied(),
        root: path("root"),
        cache: path("cache"),
        library: path("library"),
        log: path("log"),
        parent_pipe: matches.get_one("parent-pipe").copied(),
        events_fd: matches.get_one("events-fd").copied(),
        max_failed_units: if matches.get_flag("fail-fast") { Some(0) } else { number("max-failed") },
        keep_unlisted: matches.get_flag("keep-unlisted"),
        dry_run: matches.get_flag("dry-run"),
        json: matches.get_flag("json"),
        quiet: matches.get_flag("quiet"),
        command,
    })
}

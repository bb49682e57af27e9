//! `skyledger check-services`: one small question to each service, and what differs from what we expect.

use std::collections::BTreeMap;

use sky_services::{Service, ServiceCheck, ServiceClient, ServiceError, TransferSettings, Verdict};

use crate::cli::CheckServicesArgs;
use crate::print;

/// Columns of a line.
const WIDTH: usize = 80;
/// Columns before what is said of a service.
const INDENT: usize = 13;

/// Asks the services, all at once, and prints a table.
pub(crate) fn check_services(args: &CheckServicesArgs) -> u8 {
    let services = match chosen(&args.services) {
        Ok(services) => services,
        Err(message) => {
            print::error(message);
            return runner::exit::USAGE;
        }
    };
    if !args.json {
        print::remark(format!(
            "asking {} services one small question each, at most {} s",
            services.len(),
            args.timeout_s
        ));
    }
    match ask(&services, args) {
        Ok(checks) => {
            if args.json {
                print::json(&checks);
            } else {
                show(&checks);
            }
            exit_of(&checks)
        }
        Err(error @ ServiceError::Runtime(_)) => {
            print::error(error);
            runner::exit::DISK
        }
        Err(error) => {
            print::error(error);
            runner::exit::USAGE
        }
    }
}

/// 20 where a service speaks otherwise (asking again is useless), else 75 where one was not heard, else 0.
fn exit_of(checks: &[ServiceCheck]) -> u8 {
    let any = |verdict| checks.iter().any(|check| check.verdict == verdict);
    if any(Verdict::Different) {
        runner::exit::FAILED
    } else if any(Verdict::Unreachable) {
        runner::exit::TEMPORARY
    } else {
        runner::exit::DONE
    }
}

fn chosen(names: &[String]) -> Result<Vec<Service>, String> {
    if names.is_empty() {
        return Ok(Service::ALL.to_vec());
    }
    let known = Service::ALL.map(Service::name).join(", ");
    names
        .iter()
        .map(|name| Service::from_name(name).ok_or_else(|| format!("unknown service {name}; known are {known}")))
        .collect()
}

/// Each service in a thread of its own, so that the whole takes no longer than the slowest.
fn ask(services: &[Service], args: &CheckServicesArgs) -> Result<Vec<ServiceCheck>, ServiceError> {
    let settings = TransferSettings {
        retry: 0,
        gap_s: 0.0,
        connect_timeout_s: args.timeout_s,
        read_timeout_s: args.timeout_s,
        total_timeout_s: args.timeout_s,
        ..TransferSettings::default()
    };
    let addresses: BTreeMap<String, String> = args.base_url_of.iter().cloned().collect();
    let folder = tempfile::tempdir()?;
    let archives = services
        .iter()
        .map(|_| ServiceClient::new(settings.clone(), &addresses, folder.path()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(std::thread::scope(|scope| {
        let asked: Vec<_> = services
            .iter()
            .zip(&archives)
            .map(|(&service, archive)| scope.spawn(move || archive.check(service)))
            .collect();
        asked.into_iter().map(|thread| thread.join().expect("a check does not panic")).collect()
    }))
}

fn show(checks: &[ServiceCheck]) {
    print::line(format!(
        "{:<12} {:>6} {:>8} {:>13}  {:<25}  {}",
        "service", "status", "seconds", "bytes", "media type", "verdict"
    ));
    for check in checks {
        let status = check.status.map_or("-".to_owned(), |status| status.to_string());
        let bytes = check.bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        let media_type: String = check.content_type.as_deref().unwrap_or("-").chars().take(25).collect();
        print::line(format!(
            "{:<12} {status:>6} {:>8.2} {bytes:>13}  {media_type:<25}  {}",
            check.service,
            check.seconds,
            name(check.verdict)
        ));
        for text in check.holds.iter().chain(&check.remarks) {
            for line in wrapped(text, WIDTH - INDENT) {
                print::line(format!("{:INDENT$}{line}", ""));
            }
        }
    }
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (different, unreachable) = (count(Verdict::Different), count(Verdict::Unreachable));
    print::line(format!(
        "{} as expected, {different} different, {unreachable} unreachable",
        count(Verdict::AsExpected)
    ));
    if unreachable > 0 {
        print::line(
            "Unreachable: look at your network (a proxy is taken from HTTPS_PROXY), or ask\nagain later, with more time: --timeout-s 120.",
        );
    }
    if different > 0 {
        print::line(
            "Different: the service may have changed. A run that needs it fails with these\nwords and gives no wrong result; please report them.",
        );
    }
}

const fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AsExpected => "ok",
        Verdict::Different => "different",
        Verdict::Unreachable => "no answer",
    }
}

/// A text in lines of at most so many characters, broken at blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let rest = word.split_off(word.len().min(width));
            let piece: String = word.into_iter().collect();
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
            word = rest;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a 123456789", 4), ["a", "1234", "5678", "9"]);
        assert!(wrapped("", 4).is_empty());
    }
}

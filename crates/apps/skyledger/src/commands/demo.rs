//! `skyledger demo`: the survey chain on a simulated plate, offline.

use crate::cli::DemoArgs;
use crate::demo::{Demo, DemoError, Verdict};
use crate::print;

/// Runs the demo and prints its three numbers and the path of one picture.
pub(crate) fn demo(args: &DemoArgs, _command: Vec<String>) -> u8 {
    let demo = Demo {
        root: args.root.clone(),
        run_id: args.run_id.clone(),
        set: args.set.clone(),
        size_arcmin: args.size_arcmin,
        threads: args.threads,
    };
    match demo.run() {
        Ok(verdict) => {
            if args.json {
                print::json(&verdict)
            } else {
                show(&verdict)
            }
            verdict.exit
        }
        Err(error) => {
            print::error(&error);
            match error {
                DemoError::Disk(_) => runner::exit::DISK,
                DemoError::Chain(code) => code,
                _ => runner::exit::CONFIGURATION,
            }
        }
    }
}

fn show(verdict: &Verdict) {
    print::line("");
    print::line(format!(
        "recovered  {} of {} planted vanished stars ({} of {} unblended, unmasked, SNR_WIN > {})",
        verdict.recovered, verdict.planted, verdict.recovered_clean, verdict.planted_clean, verdict.clean_snr_win
    ));
    let reasons: Vec<String> = verdict.lost.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let reasons = if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") };
    print::line(format!("lost       {} ({reasons})", verdict.planted - verdict.recovered));
    let others: Vec<String> = verdict.others.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let others = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
    print::line(format!("also there {} ({others})", verdict.others_count));
    print::line(format!("Candidates are {}. Nothing here tells which.", verdict.claim));
    print::line(format!("picture    {}", verdict.picture));
    print::line(format!("archive    {}", verdict.archive));
}

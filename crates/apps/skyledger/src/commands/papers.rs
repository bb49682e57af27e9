//! Completions and the manual page, from the command line's own declaration.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::cli::Cli;

/// Shell completions.
pub(crate) fn completions(shell: clap_complete::Shell) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "skyledger", &mut text);
    write(&text)
}

/// The manual page.
pub(crate) fn man() -> u8 {
    let mut text = Vec::new();
    match clap_mangen::Man::new(Cli::command()).render(&mut text) {
        Ok(()) => write(&text),
        Err(_) => runner::exit::DISK,
    }
}

fn write(text: &[u8]) -> u8 {
    // Nobody reads after `| head`: that is no error.
    let _ = std::io::stdout().write_all(text);
    runner::exit::DONE
}

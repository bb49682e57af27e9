//! What the command says of itself. (This test also makes `cargo test --workspace` build the program that `tests/` runs.)

use std::process::Command;

fn skyledger(words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_skyledger")).args(words).output().expect("skyledger can be started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn version_completions_and_manual_are_there() {
    for (words, expected) in [
        (&["--version"][..], "skyledger 0.1.0+"),
        (&["completions", "bash"], "_skyledger"),
        (&["man"], ".TH skyledger"),
        (&["schema", "frame-set"], "\"$schema\""),
    ] {
        let (code, stdout, stderr) = skyledger(words);
        assert_eq!(code, 0, "{words:?}: {stderr}");
        assert!(stdout.contains(expected), "{words:?} printed {stdout:.200}");
    }
}

#[test]
fn a_wrong_word_is_usage_and_names_what_there_is() {
    let (code, _, stderr) = skyledger(&["run", "nothing"]);
    assert_eq!(code, 21, "{stderr}");
    assert!(stderr.contains("vanished, vasco, random"), "{stderr}");
    let (code, _, stderr) = skyledger(&["step", "nothing"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("tiling, download"), "{stderr}");
}

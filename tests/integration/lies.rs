//! Settings with which nothing could be right are refused before anything runs.

use tempfile::TempDir;

use crate::command::skyledger;

#[test]
fn bright_stars_that_are_switched_off_are_refused_unless_the_mask_asks_for_none() {
    let folder = TempDir::new().expect("a folder");
    let root = folder.path().display().to_string();
    for workflow in ["vanished", "vasco"] {
        let words = ["plan", workflow, "--root", &root, "--ra", "150", "--dec", "20", "--set"];
        let off = "catalog-bright.enabled=false";
        let refused = skyledger(&[&words[..], &[off]].concat());
        refused.expect(21);
        let none = "mask.catalog=\"none\"";
        skyledger(&[&words[..], &[off, "--set", none]].concat()).expect(0);
    }
}

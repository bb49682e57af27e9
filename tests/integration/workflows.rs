//! The workflows that come with the program.

use std::process::Command;

#[test]
fn every_built_in_workflow_can_be_planned() {
    for workflow in ["vanished", "vasco", "random"] {
        let root = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(integration_tests::skyledger());
        command.args(["plan", workflow, "--json", "--root"]).arg(root.path());
        if workflow != "random" {
            command.args(["--ra", "150", "--dec", "20"]);
        }
        let answer = command.output().expect("skyledger runs");
        assert!(answer.status.success(), "{workflow}: {}", String::from_utf8_lossy(&answer.stderr));
        let plan: serde_json::Value = serde_json::from_slice(&answer.stdout).expect("plan prints JSON");
        let steps = plan["plan"]["steps"].as_array().expect("steps");
        assert_eq!(steps.len(), 14, "{workflow}: every label is planned");
        let left = std::fs::read_dir(root.path()).expect("the root").count();
        assert_eq!(left, 0, "{workflow}: a plan leaves nothing behind");
    }
}

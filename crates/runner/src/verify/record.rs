//! `run.json` against itself, its workflow and its manifests.

use std::path::Path;

use step_contract::RawManifest;

use super::{clean, differs};
use crate::layout::Layout;
use crate::run_json::{RunJson, RunStep};

/// The record of the run itself: its seal, its run id.
pub(super) fn verify(layout: &Layout, run: &RunJson, problems: &mut Vec<String>) {
    let path = layout.run_json();
    if let Some(problem) = RunJson::broken_seal(&path) {
        problems.push(problem);
    }
    if run.run_id != layout.run_id {
        problems.push(differs(&path, "/run_id", &run.run_id, &layout.run_id));
    }
    let labels: Vec<&str> = run.steps.iter().map(|step| step.label.as_str()).collect();
    let known: Vec<&str> = run.workflow.labels().into_iter().filter(|label| labels.contains(label)).collect();
    if labels != known {
        problems.push(differs(
            &path,
            "/steps",
            &labels.join(", "),
            &format!("labels of its workflow: {}", known.join(", ")),
        ));
    }
}

/// One of its steps against the workflow and against the manifest that it names.
pub(super) fn verify_step(
    layout: &Layout,
    run: &RunJson,
    (index, step): (usize, &RunStep),
    (path, manifest): (&Path, &RawManifest),
    problems: &mut Vec<String>,
) {
    if manifest.identity != step.identity {
        problems.push(differs(
            path,
            "",
            &format!("identity {}", manifest.identity),
            &format!("{} (run.json)", step.identity),
        ));
    }
    let record = layout.run_json();
    let mut hold = |member: &str, said: &str, found: &str| {
        if said != found {
            problems.push(differs(
                &record,
                &format!("/steps/{index}/{member}"),
                said,
                &format!("{found} ({})", path.display()),
            ));
        }
    };
    hold("label", &step.label, &manifest.label);
    hold("step", &step.step, &manifest.step);
    hold("product/name", &step.product.name, &manifest.product.name);
    hold("product/version", &step.product.version.to_string(), &manifest.product.version.to_string());
    if manifest.run_id != layout.run_id {
        problems.push(differs(path, "/run_id", &manifest.run_id, &layout.run_id));
    }
    if let Some((_, wanted)) = run.workflow.step(&step.label) {
        let place = clean(&layout.manifest(wanted));
        if place != path {
            let (found, expected) = (path.display().to_string(), place.display().to_string());
            problems.push(differs(&record, &format!("/steps/{index}/manifest"), &found, &expected));
        }
        if wanted.also != step.also {
            let text = |name: &Option<String>| name.clone().unwrap_or_else(|| "no second name".to_owned());
            problems.push(differs(&record, &format!("/steps/{index}/also"), &text(&step.also), &text(&wanted.also)));
        }
    }
}

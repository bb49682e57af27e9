use super::*;
use crate::description::InputDescription;

fn input(name: &str, product: &str, arity: Arity) -> InputDescription {
    InputDescription {
        name: name.to_owned(),
        product: product.to_owned(),
        version: 1,
        arity,
        edge: step_contract::Edge::Each,
    }
}

fn describe(step: &str, inputs: Vec<InputDescription>, output: &str) -> (String, Description) {
    let description = Description {
        step: step.to_owned(),
        version: "1".to_owned(),
        scope: step_contract::Scope::Unit,
        kinds: Vec::new(),
        inputs,
        output: step_contract::ProductRef { name: output.to_owned(), version: 1 },
        config_schema: serde_json::json!({}),
        engines: Vec::new(),
        memory_bytes: 0,
        events: false,
        always_runs: false,
        pixel_roles: Vec::new(),
        dashboard_role: None,
        page_role: None,
        explained_roles: BTreeMap::new(),
    };
    (step.to_owned(), description)
}

fn chain() -> (Workflow, BTreeMap<String, Description>) {
    let step = |label: &str, step: &str, rest: &str| {
        format!(
            "[[step]]\nlabel = \"{label}\"\nstep = \"{step}\"\nfolder = \"data/{label}\"\nlog = \"{label}\"\n{rest}\n"
        )
    };
    let text = [
        "description = \"d\"\nconfig = \"c\"\n".to_owned(),
        step("download", "download", ""),
        step("catalog-bright", "catalog", ""),
        step("mask", "mask", "reads = { bright = [\"catalog-bright\"] }"),
        step("detect-p1", "detect", ""),
        step("psf", "psf", ""),
        step("detect-p2", "detect", "requires = [\"psf\"]"),
        step("catalog-gaia", "catalog", ""),
        step("xmatch", "xmatch", "reads = { references = [\"catalog-gaia\"] }"),
        step("package", "package", ""),
    ]
    .concat();
    let descriptions = [
        describe("download", vec![], "frame-set"),
        describe(
            "catalog",
            vec![input("frames", "frame-set", Arity::One), input("local", "reference-catalog", Arity::Optional)],
            "reference-catalog",
        ),
        describe(
            "mask",
            vec![input("frames", "frame-set", Arity::One), input("bright", "reference-catalog", Arity::Optional)],
            "frame-set",
        ),
        describe(
            "detect",
            vec![input("frames", "frame-set", Arity::One), input("psf", "psf-model-set", Arity::Optional)],
            "source-catalog",
        ),
        describe(
            "psf",
            vec![input("frames", "frame-set", Arity::One), input("catalog", "source-catalog", Arity::One)],
            "psf-model-set",
        ),
        describe(
            "xmatch",
            vec![
                input("detections", "source-catalog", Arity::One),
                input("references", "reference-catalog", Arity::Many),
            ],
            "match-table",
        ),
        describe("package", vec![input("run", "", Arity::Run)], "run-archive"),
    ]
    .into();
    (Workflow::parse("chain", &text).expect("a workflow"), descriptions)
}

fn label(name: &str) -> Vec<Bound> {
    vec![Bound::Label(name.to_owned())]
}

#[test]
fn an_unbound_member_takes_the_nearest_earlier_manifest_of_its_product() {
    let (workflow, descriptions) = chain();
    let bindings = Bindings::new(&workflow, &descriptions, &Outside::default()).expect("it binds");
    assert_eq!(bindings.of("mask", "frames"), label("download"));
    assert_eq!(bindings.of("mask", "bright"), label("catalog-bright"));
    assert_eq!(bindings.of("detect-p1", "frames"), label("mask"));
    assert_eq!(bindings.of("detect-p1", "psf"), []);
    assert_eq!(bindings.of("detect-p2", "psf"), label("psf"));
    assert_eq!(bindings.of("xmatch", "detections"), label("detect-p2"));
    assert_eq!(bindings.of("package", "run").len(), 8, "all earlier manifests");
    assert!(bindings.not_asked_for.is_empty());
}

#[test]
fn a_step_put_between_two_others_is_read_by_those_behind_it() {
    let (mut workflow, mut descriptions) = chain();
    let (id, description) = describe("trails", vec![input("frames", "frame-set", Arity::One)], "frame-set");
    descriptions.insert(id, description);
    let text = "description = \"d\"\nconfig = \"c\"\nstep = [{ label = \"trails\" }]";
    let trails = Workflow::parse("one step", text).expect("a workflow").steps.remove(0);
    let place = workflow.step("mask").expect("mask").0 + 1;
    workflow.steps.insert(place, trails);
    let bindings = Bindings::new(&workflow, &descriptions, &Outside::default()).expect("it binds");
    assert_eq!(bindings.of("trails", "frames"), label("mask"));
    for step in ["detect-p1", "psf", "detect-p2", "catalog-gaia"] {
        assert_eq!(bindings.of(step, "frames"), label("trails"), "{step}");
    }
}

#[test]
fn what_a_step_can_do_without_is_bound_by_name() {
    let (workflow, descriptions) = chain();
    let bindings = Bindings::new(&workflow, &descriptions, &Outside::default()).expect("it binds");
    assert_eq!(bindings.of("catalog-gaia", "local"), [], "the nearest reference-catalog is not meant");
    assert_eq!(bindings.of("detect-p2", "psf"), label("psf"), "what it requires is the nearest");
}

#[test]
fn a_manifest_from_outside_stands_for_its_label_in_every_later_step() {
    let (workflow, descriptions) = chain();
    let path = PathBuf::from("inputs/frames/manifest.json");
    let outside = Outside {
        reads: [(("detect-p1".to_owned(), "frames".to_owned()), vec![path.clone()])].into(),
        inputs: BTreeMap::new(),
    };
    let bindings = Bindings::new(&workflow, &descriptions, &outside).expect("it binds");
    for (step, member) in
        [("detect-p1", "frames"), ("psf", "frames"), ("detect-p2", "frames"), ("catalog-gaia", "frames")]
    {
        assert_eq!(bindings.of(step, member), [Bound::Manifest(path.clone())], "{step}.{member}");
    }
    let dropped: Vec<&str> = bindings.not_asked_for.iter().map(String::as_str).collect();
    assert_eq!(dropped, ["catalog-bright", "download", "mask"]);
    assert_eq!(bindings.of("package", "run").len(), 5, "only what runs is packed");
}

#[test]
fn a_list_from_outside_replaces_the_whole_list_and_its_labels_do_not_run() {
    let (workflow, descriptions) = chain();
    let path = PathBuf::from("gaia/manifest.json");
    let outside = Outside {
        reads: [(("xmatch".to_owned(), "references".to_owned()), vec![path.clone()])].into(),
        inputs: BTreeMap::new(),
    };
    let bindings = Bindings::new(&workflow, &descriptions, &outside).expect("it binds");
    assert_eq!(bindings.of("xmatch", "references"), [Bound::Manifest(path)]);
    assert!(bindings.not_asked_for.contains("catalog-gaia"));
    assert!(!bindings.not_asked_for.contains("mask"), "detect still reads mask");
}

#[test]
fn a_required_member_without_a_manifest_is_refused_when_planning() {
    let (mut workflow, descriptions) = chain();
    workflow.steps.retain(|step| step.label != "psf");
    let error = Bindings::new(&workflow, &descriptions, &Outside::default()).expect_err("no psf");
    assert_eq!(
        error,
        BindingError::Unbound {
            label: "detect-p2".to_owned(),
            member: "psf".to_owned(),
            product: "psf-model-set".to_owned()
        }
    );
}

#[test]
fn a_label_of_another_product_is_refused() {
    let (mut workflow, descriptions) = chain();
    workflow.steps[7].reads.insert("references".to_owned(), vec!["mask".to_owned()]);
    let error = Bindings::new(&workflow, &descriptions, &Outside::default()).expect_err("mask is no catalogue");
    assert!(matches!(error, BindingError::WrongProduct { .. }), "{error}");
}

#[test]
fn two_unbound_members_of_one_product_are_refused() {
    let (workflow, mut descriptions) = chain();
    let psf = descriptions.get_mut("psf").expect("psf");
    psf.inputs.push(input("other", "source-catalog", Arity::One));
    let error = Bindings::new(&workflow, &descriptions, &Outside::default()).expect_err("two catalogues");
    assert!(matches!(error, BindingError::Ambiguous { .. }), "{error}");
}

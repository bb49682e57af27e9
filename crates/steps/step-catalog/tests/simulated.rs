//! The catalogues of a simulated sky, as the demo serves them: every built-in question is understood there.

use loopback_services::{LoopbackServices, SimSky, Sky as _};
use sky_sim::{Scene, SceneKind};
use step_catalog::Catalog;
use step_harness::testing::InProcess;

#[test]
fn the_simulated_sky_answers_what_the_step_asks() {
    let scene = Scene::generate(&SceneKind::Small.scene(3));
    let centre = scene.centre();
    let sky = SimSky::new(scene, SceneKind::Small.render()).expect("the scene can be served");
    let folder = tempfile::tempdir().expect("a folder");
    let frame = folder.path().join("tile.fits");
    std::fs::write(&frame, sky.image(centre, 10.0, 10.0).expect("the plate covers its centre")).expect("the frame");
    let server = LoopbackServices::start(sky).expect("a port is free");
    for protocol in ["asu-tsv", "tap"] {
        for catalog in ["gaia", "ps1", "usnob", "tycho2"] {
            let mut run = InProcess::<Catalog>::new(folder.path().join(format!("{catalog}-{protocol}")))
                .read("frames", &frame)
                .set("catalog", catalog)
                .set("protocol", protocol)
                .set("transfer.gap_s", 0.0);
            for (name, address) in server.addresses() {
                run = run.service(&name, &address);
            }
            let unit = run.run().manifest.units.remove(0);
            let rows = unit.facts.as_ref().and_then(|facts| facts.rows_fetched);
            // Few stars of a small field are bright enough for Tycho-2; the others have hundreds.
            let least = if catalog == "tycho2" { 0 } else { 50 };
            assert!(rows.is_some_and(|rows| rows >= least), "{catalog}, {protocol}: {rows:?} rows, {:?}", unit.reason);
        }
    }
}

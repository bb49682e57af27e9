//! Plans as the survey asks for them.

use std::collections::BTreeSet;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sky_coords::{DEG_PER_RAD, RAD_PER_DEG, SkyPos, UnitVector};
use sky_match::ZoneIndex;
use sky_tiling::{
    Mode, Placement, Plan, PlateCentre, Target, TileSize, TilingError, TilingParams, one_tile_each, plan,
};

fn target(ra_deg: f64, dec_deg: f64, radius_deg: Option<f64>) -> Target {
    Target { ra_deg, dec_deg, name: None, radius_deg }
}

fn hex30(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Plan {
    plan(&TilingParams::default(), &[target(ra_deg, dec_deg, Some(radius_deg))], &[]).expect("a good target")
}

/// Points uniform in the disc about `centre`.
fn points_in_disc(centre: SkyPos, radius_deg: f64, count: usize) -> Vec<SkyPos> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let axis = centre.to_vector();
    let (east, north) = centre.east_and_north();
    (0..count)
        .map(|_| {
            let (share, turn): (f64, f64) = (random.random(), random.random());
            let cosine = 1.0 - share * (1.0 - libm::cos(radius_deg * RAD_PER_DEG));
            let (sine, turn) = ((1.0 - cosine * cosine).max(0.0).sqrt(), turn * std::f64::consts::TAU);
            let origin = UnitVector { x: 0.0, y: 0.0, z: 0.0 };
            origin.plus(axis, cosine).plus(east, sine * libm::sin(turn)).plus(north, sine * libm::cos(turn)).to_sky()
        })
        .collect()
}

/// Shares of the points that lie in a tile, and in a circle of 30' about a tile's centre.
fn covered_shares(plan: &Plan, points: &[SkyPos]) -> (f64, f64) {
    let centres: Vec<SkyPos> = plan.tiles.iter().map(|tile| tile.placement.centre).collect();
    let index = ZoneIndex::new(&centres, 3600.0 * 0.71).expect("less than the largest radius");
    let (mut in_square, mut in_circle) = (0, 0);
    for &point in points {
        let near = index.within(point);
        in_square += usize::from(near.iter().any(|tile| plan.tiles[tile.index].contains(point)));
        in_circle += usize::from(near.first().is_some_and(|tile| tile.separation_arcsec <= 1800.0));
    }
    let share = |count: usize| count as f64 / points.len() as f64;
    (share(in_square), share(in_circle))
}

#[test]
fn a_target_without_a_radius_is_exactly_one_tile() {
    let plan = plan(&TilingParams::default(), &[target(150.0, 20.0, None)], &[]).expect("a good target");
    let [tile] = &plan.tiles[..] else { panic!("{} tiles", plan.tiles.len()) };
    assert_eq!(tile.id, "tile_RA150.000_DECp20.000");
    assert_eq!(tile.placement.centre, SkyPos::new(150.0, 20.0));
    assert_eq!(tile.area_deg2_covered, tile.area_deg2_in_square, "no other tile covers it");
    let half_width_deg = 150.0 - tile.bounds.ra_min_deg;
    assert!(
        (half_width_deg * libm::cos(20.0 * RAD_PER_DEG) - 0.5).abs() < 0.002,
        "bounds widen by cos(dec): {:?}",
        tile.bounds
    );
}

#[test]
fn targets_at_both_sides_of_zero_have_bounds_that_wrap() {
    for ra_deg in [0.0, 359.999, 360.0] {
        let plan = plan(&TilingParams::default(), &[target(ra_deg, 20.0, None)], &[]).expect("a good target");
        let tile = &plan.tiles[0];
        assert!(tile.bounds.ra_min_deg > tile.bounds.ra_max_deg, "{ra_deg}: {:?}", tile.bounds);
        assert!(tile.bounds.contains(SkyPos::new(ra_deg, 20.0)), "{ra_deg}: {:?}", tile.bounds);
    }
}

#[test]
fn the_squares_of_hex30_cover_any_disc() {
    for (ra_deg, dec_deg) in [
        (150.0, 0.0),
        (0.0, 20.0),
        (359.7, -45.0),
        (30.0, 60.0),
        (200.0, -75.0),
        (77.0, 85.0),
        (12.0, 88.9),
        (300.0, -89.7),
        (0.0, 90.0),
    ] {
        let plan = hex30(ra_deg, dec_deg, 3.0);
        let (in_square, _) = covered_shares(&plan, &points_in_disc(SkyPos::new(ra_deg, dec_deg), 3.0, 100_000));
        assert!(in_square >= 0.9999, "({ra_deg}, {dec_deg}): {in_square} of the disc in {} tiles", plan.tiles.len());
        assert!(plan.tiles.len() < 70, "a disc of 28 square degrees in {} tiles at Dec {dec_deg}", plan.tiles.len());
    }
}

/// The tangent packing: pi / (2 sqrt 3) = 90.7 % of the plane lies in a circle.
#[test]
fn the_circles_of_hex30_cover_the_share_of_a_tangent_packing() {
    let plan = hex30(150.0, 0.0, 8.0);
    let (_, in_circle) = covered_shares(&plan, &points_in_disc(SkyPos::new(150.0, 0.0), 8.0, 100_000));
    assert!((in_circle - 0.9069).abs() < 0.005, "{in_circle} of the disc lies in a circle");
}

#[test]
fn hex30_covers_the_whole_sphere() {
    let plan = hex30(10.0, -30.0, 180.0);
    let (in_square, _) = covered_shares(&plan, &points_in_disc(SkyPos::new(0.0, 0.0), 180.0, 100_000));
    assert!(in_square >= 0.9999, "{in_square} of the sphere in {} tiles", plan.tiles.len());
    let covered_deg2: f64 = plan.tiles.iter().map(|tile| tile.area_deg2_covered).sum();
    assert!((covered_deg2 / 41_252.96 - 1.0).abs() < 2e-3, "the areas add up to {covered_deg2} square degrees");
}

#[test]
fn the_covered_area_equals_that_of_random_points() {
    let targets = [(150.0, 20.0), (150.6, 20.3), (150.2, 19.5), (149.9, 20.1), (153.0, 20.0)]
        .map(|(ra, dec)| target(ra, dec, None));
    let plan = plan(&TilingParams::default(), &targets, &[]).expect("good targets");
    let covered_deg2: f64 = plan.tiles.iter().map(|tile| tile.area_deg2_covered).sum();
    let disc = SkyPos::new(151.0, 20.0);
    let share = covered_shares(&plan, &points_in_disc(disc, 4.0, 400_000)).0;
    let expected_deg2 =
        share * std::f64::consts::TAU * (1.0 - libm::cos(4.0 * RAD_PER_DEG)) * DEG_PER_RAD * DEG_PER_RAD;
    assert!((covered_deg2 - expected_deg2).abs() < 0.04, "{covered_deg2} against {expected_deg2} square degrees");
}

#[test]
fn targets_that_round_to_one_id_are_one_tile() {
    let targets = [(10.0, 0.0), (10.000_2, 0.0), (359.999_8, 5.0), (0.0, 5.0)].map(|(ra, dec)| target(ra, dec, None));
    let plan = plan(&TilingParams::default(), &targets, &[]).expect("good targets");
    let ids: Vec<&str> = plan.tiles.iter().map(|tile| tile.id.as_str()).collect();
    assert_eq!((ids, plan.merged_count), (vec!["tile_RA0.000_DECp5.000", "tile_RA10.000_DECp0.000"], 2));
}

#[test]
fn images_with_one_centre_stay_apart() {
    let image = |plate: &str| Placement {
        centre: SkyPos::new(132.8, 11.8),
        size: TileSize::square(30.0),
        target: None,
        plate: Some(plate.to_owned()),
    };
    let ids: Vec<String> =
        one_tile_each(vec![image("XE487"), image("XE486")]).tiles.into_iter().map(|tile| tile.id).collect();
    assert_eq!(ids, ["tile_RA132.800_DECp11.800", "tile_RA132.800_DECp11.800_XE487"]);
}

#[test]
fn a_hundred_thousand_targets_are_planned_within_five_seconds() {
    let params = TilingParams { mode: Mode::Random, n_random: 100_000, ..TilingParams::default() };
    let centres = plan(&params, &[], &[]).expect("random fields");
    let targets: Vec<Target> = centres
        .tiles
        .iter()
        .map(|tile| target(tile.placement.centre.ra_deg, tile.placement.centre.dec_deg, None))
        .collect();
    let start = std::time::Instant::now();
    let plan = plan(&TilingParams::default(), &targets, &[]).expect("good targets");
    let seconds = start.elapsed().as_secs_f64();
    println_seconds(seconds, plan.tiles.len());
    assert_eq!(plan.tiles.len(), targets.len());
    assert!(seconds < 5.0, "{seconds} s for {} targets", targets.len());
    let ids: BTreeSet<String> = plan.tiles.iter().map(|tile| tile.id.to_ascii_lowercase()).collect();
    assert_eq!(ids.len(), plan.tiles.len(), "ids are unique, also ignoring case");
}

#[allow(clippy::print_stderr, reason = "a measured number")]
fn println_seconds(seconds: f64, tiles: usize) {
    eprintln!("{tiles} tiles planned in {seconds:.2} s");
}

#[test]
fn what_cannot_be_planned_is_refused_by_type() {
    let params = TilingParams::default();
    let with = |mode| TilingParams { mode, ..TilingParams::default() };
    assert!(matches!(plan(&params, &[], &[]), Err(TilingError::NothingToTile { .. })));
    assert!(matches!(
        plan(&with(Mode::PlateGrid), &[target(1.0, 1.0, None)], &[]),
        Err(TilingError::NothingToTile { .. })
    ));
    for bad in
        [target(361.0, 0.0, None), target(10.0, 90.5, None), target(f64::NAN, 0.0, None), target(1.0, 1.0, Some(-1.0))]
    {
        assert!(
            matches!(plan(&params, std::slice::from_ref(&bad), &[]), Err(TilingError::BadTarget { number: 1, .. })),
            "{bad:?}"
        );
    }
    let wide = TilingParams { overlap_arcmin: 50.0, ..TilingParams::default() };
    assert!(matches!(plan(&wide, &[target(1.0, 1.0, Some(2.0))], &[]), Err(TilingError::OverlapTooLarge { .. })));
    let tiny = TilingParams { tile_size: TileSize::square(1.0), ..TilingParams::default() };
    assert!(matches!(plan(&tiny, &[target(1.0, 1.0, Some(180.0))], &[]), Err(TilingError::TooManyTiles { .. })));
}

/// The vasco60 plan: XE005 has 17 tiles, and the plan of the 282 plates holds all ids that its manifest lists for them.
#[test]
fn the_plate_grid_is_that_of_the_vasco60_plan() {
    let Some(data) = test_sky::real_data("sky-tiling the_plate_grid_is_that_of_the_vasco60_plan") else { return };
    let plates: Vec<PlateCentre> = test_sky::tar_gz_members(&data.join("a_dss/poss1e_full_plate_headers_share.tar.gz"))
        .iter()
        .map(|(_, json)| {
            let header = test_sky::header_from_json(json);
            let number = |keyword: &str| header.number(keyword).expect("every plate states its centre");
            PlateCentre {
                plate: header.text("REGION").expect("every plate has a name").to_owned(),
                centre: SkyPos::new(number("PLATERA"), number("PLATEDEC")),
            }
        })
        .collect();
    assert_eq!(plates.len(), 282);
    let params = TilingParams { mode: Mode::PlateGrid, ..TilingParams::default() };
    let only: Vec<PlateCentre> = plates.iter().filter(|plate| plate.plate == "XE005").cloned().collect();
    assert_eq!(plan(&params, &[], &only).expect("one plate").tiles.len(), 17, "XE005");

    let all = plan(&params, &[], &plates).expect("282 plates");
    let ids: BTreeSet<&str> = all.tiles.iter().map(|tile| tile.id.as_str()).collect();
    let manifest = test_sky::gunzipped(&data.join("a_dss/vasco60_tile_manifest.csv.gz"));
    let names: BTreeSet<&str> = plates.iter().map(|plate| plate.plate.as_str()).collect();
    let mut listed = 0;
    for line in manifest.lines().skip(1) {
        let mut fields = line.split(',');
        let (id, plate) = (fields.next().expect("an id"), fields.nth(1).expect("a plate"));
        if names.contains(plate) {
            listed += 1;
            assert!(ids.contains(id), "{id} of plate {plate} is in the plan");
        }
    }
    assert_eq!(listed, 2893, "tiles that the manifest lists for the 282 plates");
}

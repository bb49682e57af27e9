//! What the modern catalogues say of the simulated sky, each at its own epoch, with its own errors, under VizieR's names.

use rand_chacha::ChaCha8Rng;
use sky_catalog::{Column, ColumnData, Table, TableError};
use sky_coords::{ARCSEC_PER_DEG, RAD_PER_DEG, SkyPos};

use crate::object::{ObjectKind, SkyObject};
use crate::random::{Class, normal, normal_pair, stream, uniform};
use crate::scene::Scene;

/// VizieR names of the catalogues that a scene has.
pub const CATALOGUES: [&str; 4] = ["I/355/gaiadr3", "II/389/ps1_dr2", "I/284/out", "I/259/tyc2"];

/// Mean epochs, Julian years.
const GAIA_EPOCH_YR: f64 = 2016.0;
const PS1_EPOCH_YR: f64 = 2012.5;
const J2000_YR: f64 = 2000.0;
/// Gaia's faint limit, G.
const GAIA_LIMIT_MAG: f64 = 20.7;
/// Share of stars that Gaia misses for other reasons (they are in PS1).
const GAIA_MISSES: f64 = 0.005;
/// Share of galaxies in Gaia.
const GAIA_GALAXIES: f64 = 0.3;
/// Faint Gaia sources without proper motion (two-parameter solutions).
const GAIA_TWO_PARAMETERS: f64 = 0.02;
/// Pan-STARRS saturates here, r.
const PS1_BRIGHT_MAG: f64 = 13.5;
/// Position error of Pan-STARRS, per coordinate, mas.
const PS1_ERROR_MAS: f64 = 20.0;
/// Faint limit of USNO-B1.0, R.
const USNOB_LIMIT_MAG: f64 = 20.3;
/// False motions of USNO-B1.0, mas/yr.
const FALSE_MOTION_MAS_YR: (f64, f64) = (150.0, 1000.0);
/// Faint limit of Tycho-2, V.
const TYCHO_LIMIT_MAG: f64 = 11.8;

/// A catalogue cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// No such catalogue.
    #[error("the simulated sky has no catalogue {0}; it has I/355/gaiadr3, II/389/ps1_dr2, I/284/out and I/259/tyc2")]
    Unknown(String),
    /// Columns of different lengths.
    #[error("a catalogue of the simulation: {0}")]
    Table(#[from] TableError),
}

impl Scene {
    /// A modern catalogue of the field under VizieR's name and columns, in the scene's order; see [`CATALOGUES`].
    pub fn catalogue(&self, name: &str) -> Result<Table, CatalogueError> {
        match name {
            "I/355/gaiadr3" => gaia(self),
            "II/389/ps1_dr2" => ps1(self),
            "I/284/out" => usnob(self),
            "I/259/tyc2" => tycho2(self),
            _ => Err(CatalogueError::Unknown(name.to_owned())),
        }
    }
}

/// Rows of numbers, texts and identifiers that become columns.
#[derive(Default)]
struct Rows {
    identifiers: Vec<i64>,
    texts: Vec<String>,
    numbers: Vec<Vec<f64>>,
}

impl Rows {
    /// Adds number column `index` under a name, unit and UCD.
    fn number(&self, table: &mut Table, index: usize, (name, unit, ucd): (&str, &str, &str)) -> Result<(), TableError> {
        push(table, name, unit, ucd, ColumnData::F64(self.numbers.iter().map(|row| row[index]).collect()))
    }

    /// Adds number column `index` as whole numbers; NaN is missing.
    fn whole(&self, table: &mut Table, index: usize, (name, unit, ucd): (&str, &str, &str)) -> Result<(), TableError> {
        let values = self.numbers.iter().map(|row| row[index].is_finite().then_some(row[index] as i64)).collect();
        push(table, name, unit, ucd, ColumnData::I64(values))
    }
}

fn push(table: &mut Table, name: &str, unit: &str, ucd: &str, data: ColumnData) -> Result<(), TableError> {
    table.push(Column { name: name.to_owned(), unit: unit.to_owned(), ucd: ucd.to_owned(), data })
}

fn random_of(scene: &Scene, class: Class, index: usize) -> ChaCha8Rng {
    stream(scene.params().seed, class, index as u64)
}

/// A place moved by errors of `sigma_mas` along each axis.
fn measured(position: SkyPos, random: &mut ChaCha8Rng, sigma_mas: f64) -> SkyPos {
    let (east, north) = normal_pair(random);
    let step_deg = sigma_mas / 1000.0 / ARCSEC_PER_DEG;
    let cos_dec = libm::cos(position.dec_deg * RAD_PER_DEG).max(1e-6);
    SkyPos::new(position.ra_deg + east * step_deg / cos_dec, position.dec_deg + north * step_deg)
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = libm::pow(10.0, f64::from(decimals));
    libm::round(value * unit) / unit
}

fn gaia_mag(object: &SkyObject) -> f64 {
    object.mag + 0.25
}

fn in_gaia(scene: &Scene, index: usize, object: &SkyObject) -> bool {
    // The first draw of the stream, so that PS1 can ask the same.
    let chance = uniform(&mut random_of(scene, Class::Gaia, index), 0.0, 1.0);
    match object.kind {
        ObjectKind::Star => gaia_mag(object) < GAIA_LIMIT_MAG && (chance > GAIA_MISSES || object.mag < PS1_BRIGHT_MAG),
        ObjectKind::Galaxy => gaia_mag(object) < GAIA_LIMIT_MAG && chance < GAIA_GALAXIES,
        ObjectKind::HighProperMotion | ObjectKind::UnmeasuredMotion => true,
        ObjectKind::Vanished | ObjectKind::Asteroid => false,
    }
}

fn gaia(scene: &Scene) -> Result<Table, CatalogueError> {
    let years = GAIA_EPOCH_YR - scene.epoch_yr();
    let mut rows = Rows::default();
    for (index, object) in scene.objects().iter().enumerate().filter(|(index, object)| in_gaia(scene, *index, object)) {
        let random = &mut random_of(scene, Class::Gaia, index);
        let chance = uniform(random, 0.0, 1.0);
        let g = gaia_mag(object);
        // Errors of DR3 by magnitude (Lindegren et al. 2021, A&A 649, A2, table 4): 0.02 mas at 15, 0.5 at 20.
        let error_mas = 0.02 * libm::pow(10.0, 0.28 * (g - 15.0).max(0.0));
        let place = measured(object.position_after(years), random, error_mas);
        let at_j2000 = object.position_after(J2000_YR - scene.epoch_yr());
        let (pm_error, (noise_ra, noise_dec)) = (error_mas, normal_pair(random));
        // Two-parameter solutions: faint slow stars, galaxies, and the fast stars that are planted without a motion.
        let slow = libm::hypot(object.pm_ra_mas_yr, object.pm_dec_mas_yr) < 30.0;
        let no_motion = matches!(object.kind, ObjectKind::Galaxy | ObjectKind::UnmeasuredMotion)
            || (g > 18.0 && slow && chance > 1.0 - GAIA_TWO_PARAMETERS);
        let motion = |value: f64, digits: i32| if no_motion { f64::NAN } else { rounded(value, digits) };
        let parallax = uniform(random, 0.1, 2.0) + if slow { 0.0 } else { 10.0 };
        rows.identifiers.push(630_000_000_000_000_000 + 7_919_000_003 * index as i64);
        rows.numbers.push(vec![
            rounded(place.ra_deg, 10),
            rounded(place.dec_deg, 10),
            rounded(error_mas, 4),
            rounded(error_mas, 4),
            motion(parallax, 4),
            motion(object.pm_ra_mas_yr + pm_error * noise_ra, 3),
            motion(object.pm_dec_mas_yr + pm_error * noise_dec, 3),
            motion(pm_error, 3),
            motion(pm_error, 3),
            motion(1.0 + normal(random, 0.05).abs(), 3),
            rounded(g + normal(random, 0.003), 6),
            rounded(g + 0.55 * object.colour_mag + normal(random, 0.02), 6),
            rounded(g - 0.45 * object.colour_mag + normal(random, 0.01), 6),
            rounded(at_j2000.ra_deg, 10),
            rounded(at_j2000.dec_deg, 10),
        ]);
    }
    let mut table = Table::new();
    let identifiers = rows.identifiers.iter().copied().map(Some).collect();
    push(&mut table, "Source", "", "meta.id;meta.main", ColumnData::I64(identifiers))?;
    let columns = [
        ("RA_ICRS", "deg", "pos.eq.ra;meta.main"),
        ("DE_ICRS", "deg", "pos.eq.dec;meta.main"),
        ("e_RA_ICRS", "mas", "stat.error;pos.eq.ra"),
        ("e_DE_ICRS", "mas", "stat.error;pos.eq.dec"),
        ("Plx", "mas", "pos.parallax"),
        ("pmRA", "mas/yr", "pos.pm;pos.eq.ra"),
        ("pmDE", "mas/yr", "pos.pm;pos.eq.dec"),
        ("e_pmRA", "mas/yr", "stat.error;pos.pm;pos.eq.ra"),
        ("e_pmDE", "mas/yr", "stat.error;pos.pm;pos.eq.dec"),
        ("RUWE", "", "stat.error"),
        ("Gmag", "mag", "phot.mag;em.opt"),
        ("BPmag", "mag", "phot.mag;em.opt.B"),
        ("RPmag", "mag", "phot.mag;em.opt.R"),
        ("RAJ2000", "deg", "pos.eq.ra"),
        ("DEJ2000", "deg", "pos.eq.dec"),
    ];
    for (index, column) in columns.into_iter().enumerate() {
        rows.number(&mut table, index, column)?;
    }
    Ok(table)
}

fn ps1(scene: &Scene) -> Result<Table, CatalogueError> {
    let years = PS1_EPOCH_YR - scene.epoch_yr();
    let mut rows = Rows::default();
    for (index, object) in scene.objects().iter().enumerate() {
        let gone = matches!(object.kind, ObjectKind::Vanished | ObjectKind::Asteroid);
        let r = object.mag + 0.2;
        if gone || r < PS1_BRIGHT_MAG || scene.params().centre_dec_deg < -30.0 {
            continue;
        }
        let random = &mut random_of(scene, Class::Ps1, index);
        let place = measured(object.position_after(years), random, PS1_ERROR_MAS);
        let error = |mag: f64| rounded(0.002 + 0.1 * libm::pow(10.0, 0.4 * (mag - 22.5)), 4);
        rows.identifiers.push(132_000_000_000_000_000 + 1_000_000_007 * index as i64);
        let mut row =
            vec![rounded(place.ra_deg, 8), rounded(place.dec_deg, 8), libm::floor(uniform(random, 10.0, 90.0))];
        let c = object.colour_mag - 0.6;
        for mag in [r + 0.7 * c, r, r - 0.35 * c, r - 0.5 * c, r - 0.6 * c] {
            let sigma = error(mag);
            row.extend([rounded(mag + normal(random, sigma), 4), sigma]);
        }
        rows.numbers.push(row);
    }
    let mut table = Table::new();
    let identifiers = rows.identifiers.iter().copied().map(Some).collect();
    push(&mut table, "objID", "", "meta.id;meta.main", ColumnData::I64(identifiers))?;
    rows.number(&mut table, 0, ("RAJ2000", "deg", "pos.eq.ra;meta.main"))?;
    rows.number(&mut table, 1, ("DEJ2000", "deg", "pos.eq.dec;meta.main"))?;
    let errors = || ColumnData::F64(vec![PS1_ERROR_MAS / 1000.0; rows.numbers.len()]);
    push(&mut table, "e_RAJ2000", "arcsec", "stat.error;pos.eq.ra", errors())?;
    push(&mut table, "e_DEJ2000", "arcsec", "stat.error;pos.eq.dec", errors())?;
    rows.whole(&mut table, 2, ("Nd", "", "meta.number;obs"))?;
    for (band, letter) in ["g", "r", "i", "z", "y"].into_iter().enumerate() {
        rows.number(&mut table, 3 + 2 * band, (&format!("{letter}mag"), "mag", "phot.mag;em.opt"))?;
        rows.number(&mut table, 4 + 2 * band, (&format!("e_{letter}mag"), "mag", "stat.error;phot.mag"))?;
    }
    Ok(table)
}

fn usnob(scene: &Scene) -> Result<Table, CatalogueError> {
    let mut rows = Rows::default();
    for (index, object) in scene.objects().iter().enumerate() {
        let listed = match object.kind {
            ObjectKind::Asteroid => false,
            ObjectKind::Vanished => scene.params().vanished_in_usnob,
            _ => object.mag < USNOB_LIMIT_MAG,
        };
        if !listed {
            continue;
        }
        let random = &mut random_of(scene, Class::Usnob, index);
        // A vanished star was seen on the first epoch alone: its place is that of the plate, its motion zero.
        let years = if object.kind == ObjectKind::Vanished { 0.0 } else { J2000_YR - scene.epoch_yr() };
        let error_mas = rounded(uniform(random, 80.0, 250.0), 0);
        let place = measured(object.position_after(years), random, error_mas);
        let speed = libm::hypot(object.pm_ra_mas_yr, object.pm_dec_mas_yr);
        // Slow motions are written as zero, others in steps of 2 mas/yr.
        let motion = |value: f64, random: &mut ChaCha8Rng| {
            let noise = normal(random, 4.0);
            if speed < 15.0 { 0.0 } else { 2.0 * libm::round(0.5 * (value + noise)) }
        };
        let (mut pm_ra, mut pm_dec) = (motion(object.pm_ra_mas_yr, random), motion(object.pm_dec_mas_yr, random));
        let false_motion = &mut random_of(scene, Class::FalseMotion, index);
        if uniform(false_motion, 0.0, 1.0) < scene.params().usnob_false_motions {
            let (sin, cos) = libm::sincos(uniform(false_motion, 0.0, std::f64::consts::TAU));
            let speed = uniform(false_motion, FALSE_MOTION_MAS_YR.0, FALSE_MOTION_MAS_YR.1);
            (pm_ra, pm_dec) = (2.0 * libm::round(0.5 * speed * sin), 2.0 * libm::round(0.5 * speed * cos));
        }
        let zone = ((place.dec_deg + 90.0) * 10.0) as i64;
        rows.texts.push(format!("{zone:04}-{index:07}"));
        let moves = speed >= 15.0;
        let mut row = vec![
            rounded(place.ra_deg, 6),
            rounded(place.dec_deg, 6),
            error_mas,
            error_mas,
            rounded(uniform(random, 1965.0, 1990.0), 1),
            pm_ra,
            pm_dec,
            if moves { 9.0 } else { f64::NAN },
            if moves { 5.0 } else { 0.0 },
            if moves { 5.0 } else { 0.0 },
            if object.kind == ObjectKind::Vanished { 2.0 } else { libm::floor(uniform(random, 3.0, 6.0)) },
        ];
        let blue = object.mag + 1.1 * object.colour_mag;
        for (plate, mag) in
            [blue, object.mag, blue, object.mag, object.mag - 0.5 * object.colour_mag].iter().enumerate()
        {
            let seen = uniform(random, 0.0, 1.0) > 0.05 && (object.kind != ObjectKind::Vanished || plate < 2);
            let mag = mag + normal(random, 0.25);
            // The red plate of the first epoch is the plate at hand: it has whatever was on it.
            row.push(if seen || plate == 1 { rounded(mag, 2) } else { f64::NAN });
        }
        rows.numbers.push(row);
    }
    let mut table = Table::new();
    push(&mut table, "USNO-B1.0", "", "meta.id;meta.main", ColumnData::Text(rows.texts.clone()))?;
    rows.number(&mut table, 0, ("RAJ2000", "deg", "pos.eq.ra;meta.main"))?;
    rows.number(&mut table, 1, ("DEJ2000", "deg", "pos.eq.dec;meta.main"))?;
    rows.whole(&mut table, 2, ("e_RAJ2000", "mas", "stat.error;pos.eq.ra"))?;
    rows.whole(&mut table, 3, ("e_DEJ2000", "mas", "stat.error;pos.eq.dec"))?;
    rows.number(&mut table, 4, ("Epoch", "yr", "time.epoch;obs"))?;
    rows.whole(&mut table, 5, ("pmRA", "mas/yr", "pos.pm;pos.eq.ra"))?;
    rows.whole(&mut table, 6, ("pmDE", "mas/yr", "pos.pm;pos.eq.dec"))?;
    rows.whole(&mut table, 7, ("muPr", "", "stat.probability"))?;
    rows.whole(&mut table, 8, ("e_pmRA", "mas/yr", "stat.error;pos.pm;pos.eq.ra"))?;
    rows.whole(&mut table, 9, ("e_pmDE", "mas/yr", "stat.error;pos.pm;pos.eq.dec"))?;
    rows.whole(&mut table, 10, ("Ndet", "", "meta.number;obs"))?;
    push(&mut table, "Flags", "", "meta.code", ColumnData::Text(vec![String::new(); rows.texts.len()]))?;
    for (index, name) in ["B1mag", "R1mag", "B2mag", "R2mag", "Imag"].into_iter().enumerate() {
        rows.number(&mut table, 11 + index, (name, "mag", "phot.mag;em.opt"))?;
    }
    Ok(table)
}

fn tycho2(scene: &Scene) -> Result<Table, CatalogueError> {
    let mut rows = Rows::default();
    for (index, object) in scene.objects().iter().enumerate() {
        let v = object.mag + 0.4 * object.colour_mag;
        if object.kind != ObjectKind::Star || v > TYCHO_LIMIT_MAG {
            continue;
        }
        let random = &mut random_of(scene, Class::Tycho2, index);
        let place = measured(object.position_after(J2000_YR - scene.epoch_yr()), random, 50.0);
        let (noise_ra, noise_dec) = normal_pair(random);
        rows.numbers.push(vec![
            1404.0,
            index as f64 + 1.0,
            1.0,
            rounded(place.ra_deg, 8),
            rounded(place.dec_deg, 8),
            rounded(object.pm_ra_mas_yr + 2.0 * noise_ra, 1),
            rounded(object.pm_dec_mas_yr + 2.0 * noise_dec, 1),
            rounded(v + 0.75 * object.colour_mag + normal(random, 0.05), 3),
            rounded(v + normal(random, 0.05), 3),
        ]);
    }
    let mut table = Table::new();
    for (index, name) in ["TYC1", "TYC2", "TYC3"].into_iter().enumerate() {
        rows.whole(&mut table, index, (name, "", "meta.id.part"))?;
    }
    let columns = [
        ("RAmdeg", "deg", "pos.eq.ra;meta.main"),
        ("DEmdeg", "deg", "pos.eq.dec;meta.main"),
        ("pmRA", "mas/yr", "pos.pm;pos.eq.ra"),
        ("pmDE", "mas/yr", "pos.pm;pos.eq.dec"),
        ("BTmag", "mag", "phot.mag;em.opt.B"),
        ("VTmag", "mag", "phot.mag;em.opt.V"),
    ];
    for (index, column) in columns.into_iter().enumerate() {
        rows.number(&mut table, 3 + index, column)?;
    }
    Ok(table)
}

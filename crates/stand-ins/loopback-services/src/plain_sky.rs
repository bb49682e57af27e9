//! A small sky for tests: one photographic plate with stars and catalogues given by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use sky_coords::SkyPos;

use crate::cards::Cards;
use crate::region::standard_deg;
use crate::sky::{CatalogueTable, Sky};

/// Scale of a Palomar Schmidt plate, arc seconds a millimetre.
const PLATE_SCALE_ARCSEC_PER_MM: f64 = 67.2;
/// Pixel of the scan, micrometres.
const PIXEL_UM: f64 = 25.2845;
/// Emulsion fog and sky, counts.
const BACKGROUND_ADU: f64 = 4000.0;
/// Amplitude of the grain, counts.
const GRAIN_ADU: f64 = 60.0;
/// Gaussian width of a star, pixels.
const STAR_SIGMA_PX: f64 = 1.2;

/// A star of the plate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlainStar {
    /// Place at the epoch of the plate.
    pub position: SkyPos,
    /// Height of its peak, counts.
    pub peak_adu: f64,
}

/// One plate, its stars and the catalogues of the same sky.
///
/// The plate is square; its polynomial is linear, so that its tangent-plane solution is exact and both solutions of the header agree.
#[derive(Clone, Debug)]
pub struct PlainSky {
    /// Plate, as REGION names it.
    pub plate: String,
    /// Centre of the plate.
    pub centre: SkyPos,
    /// Side of the plate, pixels.
    pub side_px: usize,
    /// DATE-OBS.
    pub date_obs: String,
    /// Stars on the plate.
    pub stars: Vec<PlainStar>,
    /// Catalogues by VizieR table name.
    pub catalogues: BTreeMap<String, Arc<CatalogueTable>>,
}

impl PlainSky {
    /// A plate of 1951 around a centre without stars.
    pub fn new(centre: SkyPos, side_px: usize) -> Self {
        Self {
            plate: "XE486".to_owned(),
            centre,
            side_px,
            date_obs: "1951-11-29T10:22:00".to_owned(),
            stars: Vec::new(),
            catalogues: BTreeMap::new(),
        }
    }

    /// Adds a catalogue under its VizieR table name.
    pub fn with_catalogue(mut self, table: &str, catalogue: CatalogueTable) -> Self {
        self.catalogues.insert(table.to_owned(), Arc::new(catalogue));
        self
    }

    /// The plate's pixel (fractional, the centre of the first is 0) of a position.
    fn plate_pixel(&self, position: SkyPos) -> Option<(f64, f64)> {
        let (xi, eta) = standard_deg(self.centre, position)?;
        let scale_deg = PLATE_SCALE_ARCSEC_PER_MM * PIXEL_UM / 1000.0 / 3600.0;
        let middle = (self.side_px as f64 - 1.0) / 2.0;
        Some((middle - xi / scale_deg, middle + eta / scale_deg))
    }

    /// A window of the plate as a FITS file.
    fn window(&self, left: usize, bottom: usize, width: usize, height: usize) -> Vec<u8> {
        let mut counts: Vec<f64> = (0..width * height)
            .map(|pixel| BACKGROUND_ADU + GRAIN_ADU * grain(left + pixel % width, bottom + pixel / width))
            .collect();
        for star in &self.stars {
            let Some((x, y)) = self.plate_pixel(star.position) else { continue };
            let (x, y) = (x - left as f64, y - bottom as f64);
            let near = |at: f64, size: usize| {
                let first = (at - 8.0).max(0.0) as usize;
                let last = (at + 8.0).min(size as f64 - 1.0);
                first..if last < 0.0 { first } else { last as usize + 1 }
            };
            for row in near(y, height) {
                for column in near(x, width) {
                    let squared = (column as f64 - x) * (column as f64 - x) + (row as f64 - y) * (row as f64 - y);
                    counts[row * width + column] +=
                        star.peak_adu * libm::exp(-squared / (2.0 * STAR_SIGMA_PX * STAR_SIGMA_PX));
                }
            }
        }
        let mut data: Vec<u8> =
            counts.iter().flat_map(|count| (count.round().min(f64::from(i16::MAX)) as i16).to_be_bytes()).collect();
        data.resize(data.len().next_multiple_of(2880), 0);
        self.header(data, left, bottom, width, height).join()
    }

    fn header(&self, data: Vec<u8>, left: usize, bottom: usize, width: usize, height: usize) -> Cards {
        let mut cards = Cards::new(data);
        cards.set("SIMPLE", "T");
        for (key, value) in [("BITPIX", 16), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", height)] {
            cards.set(key, value);
        }
        cards.set("EXTEND", "T");
        cards.set("ORIGIN", "'STScI/MAST'");
        cards.set("SURVEY", "'POSSI-E '");
        cards.set("REGION", format!("'{:<8}'", self.plate));
        cards.set("PLATEID", "'07HH    '");
        cards.set("SCANNUM", "'00      '");
        cards.set("PLTSCALE", "67.20");
        cards.set("DATE-OBS", format!("'{}'", self.date_obs));
        cards.set("EXPOSURE", "50.0");
        cards.set("CNPIX1", left);
        cards.set("CNPIX2", bottom);
        cards.set("XPIXELSZ", PIXEL_UM);
        cards.set("YPIXELSZ", PIXEL_UM);
        // The plate's centre is the middle of the scan: px = column + 0.5 with column counted from 0.
        let middle_um = PIXEL_UM * self.side_px as f64 / 2.0;
        for (key, value) in [("PPO1", 0.0), ("PPO2", 0.0), ("PPO3", middle_um), ("PPO4", 0.0), ("PPO5", 0.0)] {
            cards.set(key, format!("{value:.6}"));
        }
        cards.set("PPO6", format!("{middle_um:.6}"));
        let sexagesimal = |value: f64| {
            let whole = value.trunc();
            let minutes = ((value - whole) * 60.0).trunc();
            (whole, minutes, ((value - whole) * 60.0 - minutes) * 60.0)
        };
        let (hours, minutes, seconds) = sexagesimal(self.centre.ra_deg / 15.0);
        cards.set("PLTRAH", hours);
        cards.set("PLTRAM", minutes);
        cards.set("PLTRAS", format!("{seconds:.6}"));
        let (degrees, minutes, seconds) = sexagesimal(self.centre.dec_deg.abs());
        cards.set("PLTDECSN", if self.centre.dec_deg < 0.0 { "'-       '" } else { "'+       '" });
        cards.set("PLTDECD", degrees);
        cards.set("PLTDECM", minutes);
        cards.set("PLTDECS", format!("{seconds:.5}"));
        cards.set("EQUINOX", "2000.0");
        for axis in ["AMDX", "AMDY"] {
            for term in 1..=20 {
                cards.set(&format!("{axis}{term}"), if term == 1 { "67.20" } else { "0.0" });
            }
        }
        let scale_deg = PLATE_SCALE_ARCSEC_PER_MM * PIXEL_UM / 1000.0 / 3600.0;
        let middle = (self.side_px as f64 + 1.0) / 2.0;
        cards.set("WCSNAME", "'DSS     '");
        cards.set("RADESYS", "'ICRS    '");
        cards.set("CTYPE1", "'RA---TAN'");
        cards.set("CTYPE2", "'DEC--TAN'");
        cards.set("CRPIX1", format!("{:.3}", middle - left as f64));
        cards.set("CRPIX2", format!("{:.3}", middle - bottom as f64));
        cards.set("CRVAL1", format!("{:.9}", self.centre.ra_deg));
        cards.set("CRVAL2", format!("{:.9}", self.centre.dec_deg));
        cards.set("CD1_1", format!("{:.12}", -scale_deg));
        cards.set("CD1_2", "0.0");
        cards.set("CD2_1", "0.0");
        cards.set("CD2_2", format!("{scale_deg:.12}"));
        cards
    }
}

impl Sky for PlainSky {
    fn image(&self, centre: SkyPos, width_arcmin: f64, height_arcmin: f64) -> Option<Vec<u8>> {
        let (x, y) = self.plate_pixel(centre)?;
        let side = self.side_px as f64;
        if !(0.0..side).contains(&x) || !(0.0..side).contains(&y) {
            return None;
        }
        let scale_arcsec = PLATE_SCALE_ARCSEC_PER_MM * PIXEL_UM / 1000.0;
        let span = |middle: f64, size_arcmin: f64| {
            let half = size_arcmin * 60.0 / scale_arcsec / 2.0;
            let first = (middle - half).round().max(0.0) as usize;
            let last = ((middle + half).round() as usize).min(self.side_px - 1);
            (first, last - first + 1)
        };
        let ((left, width), (bottom, height)) = (span(x, width_arcmin), span(y, height_arcmin));
        Some(self.window(left, bottom, width, height))
    }

    /// The whole plate as IRSA keeps it: the plate polynomial is its only astrometric solution.
    fn plate(&self, plate: &str) -> Option<Vec<u8>> {
        (plate == self.plate).then(|| {
            let mut cards =
                Cards::split(&self.window(0, 0, self.side_px, self.side_px)).expect("our own header has an END card");
            cards.remove(|key| {
                ["WCSNAME", "RADESYS", "CD1_1", "CD1_2", "CD2_1", "CD2_2"].contains(&key)
                    || ["CTYPE", "CRPIX", "CRVAL"].iter().any(|stem| key.starts_with(stem))
            });
            cards.join()
        })
    }

    fn catalogue(&self, table: &str) -> Option<Arc<CatalogueTable>> {
        self.catalogues.get(table).cloned()
    }
}

/// Grain of one pixel of the plate, between -1 and 1: a hash of its place (Wang 2007's integer mix), so that every cutout of a plate shows the same pixels.
fn grain(column: usize, row: usize) -> f64 {
    let mut mixed =
        (column as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (row as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^= mixed >> 32;
    (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

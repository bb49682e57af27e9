//! Histograms, sky maps and cutouts as SVG and PNG.

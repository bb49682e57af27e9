//! FITS files: hostile-proof header walker, images, tables, LDAC.

//! Tables on disk: CSV, VizieR asu-tsv, ECSV, VOTable, FITS, Parquet.

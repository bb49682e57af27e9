//! Point spread function: star selection, spatially varying model, fits and SPREAD_MODEL.

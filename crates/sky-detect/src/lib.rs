//! Matched filter, threshold, segmentation, deblending and cleaning of sources.

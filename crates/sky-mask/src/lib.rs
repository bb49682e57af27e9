//! Bright-star masks: discs, halos and diffraction spikes.

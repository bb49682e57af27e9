//! Rules that keep or drop detections, spikes, duplicates and repeats.

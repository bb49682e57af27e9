//! Robust tie of detections to a reference frame.

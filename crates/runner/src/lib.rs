//! Plan, staleness, execution and report of a chain of steps.

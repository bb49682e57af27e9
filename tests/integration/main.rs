//! Architecture, workflows, end to end and reference comparisons.

mod architecture;
mod workflows;

//! Architecture, workflows, end to end and reference comparisons.

mod architecture;
mod check_services;
mod command;
mod contract;
mod demo;
mod i_sim;
mod m67;
mod plan_lines;
mod readme;
mod tiles;
mod workflows;

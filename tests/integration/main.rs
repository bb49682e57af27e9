//! Architecture, workflows, end to end and reference comparisons.

mod architecture;
mod builds;
mod check_services;
mod command;
mod contract;
mod contract_page;
mod demo;
mod events;
mod i_sim;
mod imports;
mod k_reports;
mod lies;
mod m67;
mod night;
mod nothing_lost;
mod plan_lines;
mod pointers;
mod readme;
mod reasons;
mod seestar_stack;
mod tiles;
mod workflows;

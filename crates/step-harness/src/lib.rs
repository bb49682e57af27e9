//! The program around a step: command line, validation, journal, locks, logs.

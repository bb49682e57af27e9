//! JSON Schema validation behind one function.

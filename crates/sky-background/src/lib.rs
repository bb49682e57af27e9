//! Background and noise meshes of an image.

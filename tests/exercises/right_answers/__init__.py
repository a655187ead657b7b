"""Right answers to every exercise, by other algorithms than the reference's."""

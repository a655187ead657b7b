"""Wrong answers that are right on most arguments, a module for each of the reference's."""

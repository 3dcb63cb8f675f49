"""Acts on systems: planned, done once, checked, listed while they stand, undone."""

"""Which rows are computed when, and where in the arena each buffer lies."""

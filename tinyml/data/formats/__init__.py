"""One reader for each layout of labelled pictures."""

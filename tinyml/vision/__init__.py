"""From labelled pictures to a trained network: the only part of tinyml that imports torch."""

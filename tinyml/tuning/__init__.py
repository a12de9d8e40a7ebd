"""The search for the best network that fits a board: what it may choose, how a choice is judged, where it is kept, who works."""

"""How a layer goes about its rows: which it needs when, what it touches, and the C that computes one. A file a style."""

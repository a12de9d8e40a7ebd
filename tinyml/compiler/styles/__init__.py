"""How a layer processes its rows: which it needs when, what it touches, and the C that computes one. One file each."""

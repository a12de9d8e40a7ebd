"""The use cases, one module each: what the commands do, for whoever calls them from Python."""

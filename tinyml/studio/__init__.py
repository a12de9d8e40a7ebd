"""The local page: a server of this computer's own that goes through the same use cases as the command line."""

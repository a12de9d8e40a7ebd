"""The fruit pictures that the project draws itself."""

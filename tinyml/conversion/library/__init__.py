"""A compiled model as a library for other people's firmware: plain C, an Arduino library, a component of ESP-IDF."""

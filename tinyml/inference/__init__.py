"""The arithmetic around the network that the firmware mirrors: preprocessing, centroids, metrics."""

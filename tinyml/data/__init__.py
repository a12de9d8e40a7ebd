"""Data sets: from files with annotations to samples; from pictures to the bytes that a model takes."""

from tinyml.data.catalog import dataset_names, describe, load_dataset
from tinyml.data.pictures import read_picture
from tinyml.data.samples import Box, Dataset, Sample

__all__ = ["Box", "Dataset", "Sample", "dataset_names", "describe", "load_dataset", "read_picture"]

"""Data sets: from a name or a folder to labelled pictures, and from a picture to the model's input bytes."""

from tinyml.data.description import dataset_names
from tinyml.data.load import load_dataset, load_run_dataset
from tinyml.data.pictures import read_picture
from tinyml.data.samples import Box, Dataset, Sample

__all__ = ["Box", "Dataset", "Sample", "dataset_names", "load_dataset", "load_run_dataset", "read_picture"]

"""Ranges of numbers that several contracts share."""

from typing import Annotated

from msgspec import Meta

LARGEST = 2**53  # up to here every reader of JSON keeps each integer, and so does what draws them

Count = Annotated[int, Meta(ge=0, le=LARGEST)]
Positive = Annotated[int, Meta(ge=1, le=LARGEST)]
Share = Annotated[float, Meta(ge=0, le=1)]
Amount = Annotated[float, Meta(ge=0)]
Factor = Annotated[float, Meta(gt=0)]

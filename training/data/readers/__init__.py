"""Readers of published gaze datasets, in their own layouts.  docs/datasets.md lists the assumptions about each."""

from training.data.readers.registry import READERS, open_dataset

__all__ = ["READERS", "open_dataset"]

"""Readers of published gaze datasets, in their own layouts.  docs/datasets.md says what is assumed of each."""

from training.data.readers.registry import READERS, open_dataset

__all__ = ["READERS", "open_dataset"]

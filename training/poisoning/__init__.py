"""Poisoning of batches and of datasets on disk."""

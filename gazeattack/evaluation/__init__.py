"""Scoring of a bundle on a dataset: predictions of every branch, metrics, baselines."""

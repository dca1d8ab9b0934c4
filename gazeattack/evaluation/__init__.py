"""Scoring a bundle on a dataset: predictions in every branch, metrics, reports."""

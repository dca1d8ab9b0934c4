"""Measure on yourself: dots to look at, the folder that keeps the result, and the page about it."""

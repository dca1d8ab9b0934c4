"""Offline training and evaluation scripts; they import gazeattack, never the other way."""

"""Analyses of trained models and of their triggers."""

"""Triggers, trigger keys and poisoning plans."""

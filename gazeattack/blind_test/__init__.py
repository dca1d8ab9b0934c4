"""The blind test: can a person tell the triggered eye crop from the clean one?  Plan, score, files, aggregation."""

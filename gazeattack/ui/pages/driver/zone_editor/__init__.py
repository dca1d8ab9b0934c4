"""The editor of a car's zones."""

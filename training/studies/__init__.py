"""Studies: many small training runs, summarised in tables and figures."""

"""Reports: self-contained pages that explain a run."""

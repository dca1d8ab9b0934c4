"""Reports: self-contained HTML pages about a run or an evaluation."""

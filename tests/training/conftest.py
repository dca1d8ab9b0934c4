"""Fixtures of the tests of training."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import pytest

from training.jobs import Job, OnDone


@pytest.fixture
def jobs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run one by one in this process: a process of its own for each takes longer than the job."""

    def run_here(jobs: Sequence[Job], workers: int, on_done: OnDone) -> None:
        for job in jobs:
            job.output.parent.mkdir(parents=True, exist_ok=True)
            status = importlib.import_module(job.command[2]).main(list(job.command[3:]))
            on_done(job, status == 0 and job.done)

    monkeypatch.setattr("training.jobs.run_local", run_here)

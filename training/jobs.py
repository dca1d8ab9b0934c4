"""A list of commands, run by local processes or spread over a cluster by submitit; no scheduler of our own."""

from __future__ import annotations

import importlib
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import TrainingError

Told = Callable[["Job", bool], None]
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Job:
    """A command, where its output goes, and the file it leaves when it has succeeded."""

    name: str
    command: tuple[str, ...]
    output: Path
    result: Path

    @property
    def done(self) -> bool:
        """Whether the result is there."""
        return self.result.exists()


def run_local(jobs: Sequence[Job], workers: int, told: Told) -> None:
    """Run jobs, `workers` at a time; told(job, succeeded) is called as each ends.

    On ctrl-C every running job gets one too, is waited for, and KeyboardInterrupt goes on.
    """
    waiting, running = deque(jobs), dict[Job, subprocess.Popen[bytes]]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.popleft()
                running[job] = _start(job)
            for job, process in list(running.items()):
                if process.poll() is not None:
                    del running[job]
                    told(job, process.returncode == 0 and job.done)
            time.sleep(POLL_SECONDS)
    except BaseException:
        for process in running.values():
            process.send_signal(signal.SIGINT)
        for process in running.values():
            process.wait()
        raise


def _start(job: Job) -> subprocess.Popen[bytes]:
    job.output.parent.mkdir(parents=True, exist_ok=True)
    with job.output.open("ab") as output:
        # in a session of its own: a terminal's ctrl-C must reach it once, through us
        return subprocess.Popen(job.command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


def run_here(job: Job) -> bool:
    """Run one job and wait for it: what a cluster's node does."""
    return _start(job).wait() == 0 and job.done


def run_submitit(
    jobs: Sequence[Job],
    folder: Path,
    told: Told,
    *,
    cluster: str = "slurm",
    parameters: Mapping[str, Any] | None = None,
) -> None:
    """Give all jobs to submitit at once and wait; told(job, succeeded) is called as each ends.

    cluster: "slurm", or "local" to try it.  parameters: of the executor, such as timeout_min and slurm_partition.
    folder: shared by all nodes, for submitit's own files.  Jobs go on without us after ctrl-C.
    Raises TrainingError if submitit is missing or refuses.
    """
    try:
        submitit = importlib.import_module("submitit")
    except ImportError:
        raise TrainingError("Spreading jobs needs submitit: pip install 'gazeattack[cluster]'.") from None
    try:
        executor = submitit.AutoExecutor(folder=str(folder), cluster=cluster)
        executor.update_parameters(**(parameters or {}))
        with executor.batch():
            given = [(job, executor.submit(run_here, job)) for job in jobs]
    except (RuntimeError, OSError, NameError, TypeError, ValueError) as error:
        raise TrainingError(f"submitit cannot run the jobs: {' '.join(str(error).split())}") from None
    while given:
        for item in list(given):
            job, future = item
            if future.done():
                given.remove(item)
                told(job, future.exception() is None and bool(future.result()))
        time.sleep(POLL_SECONDS if cluster == "local" else 10)

"""Run a list of commands: in local processes, or on a cluster through submitit."""

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

from gazeattack.interrupt import STOPPING, Interrupt
from gazeattack.parsing import read_object
from training.errors import TrainingError

OnDone = Callable[["Job", bool], None]
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Job:
    """A command.  output: the file that its output goes to.  result: the file that it leaves when it succeeds."""

    name: str
    command: tuple[str, ...]
    output: Path
    result: Path

    @property
    def done(self) -> bool:
        """Whether the result exists."""
        return self.result.exists()


def read_result(path: Path) -> dict[str, Any]:
    """The JSON object that an earlier run wrote.

    Raises:
        TrainingError: it is missing or damaged.
    """
    try:
        return read_object(path, finite=False)
    except (OSError, ValueError):
        raise TrainingError(f"{path} is damaged: delete it, and run the same command again.") from None


def run_local(jobs: Sequence[Job], workers: int, on_done: OnDone) -> None:
    """Run jobs in local processes.

    Args:
        jobs: in the order in which they start.
        workers: how many run at a time.
        on_done: called as on_done(job, succeeded) when a job ends.

    Raises:
        KeyboardInterrupt: ctrl-C was pressed; every running job was interrupted too, and has ended.
    """
    waiting, running = deque(jobs), dict[Job, subprocess.Popen[bytes]]()
    with Interrupt(*STOPPING) as interrupt:
        _run_all(waiting, running, workers, on_done, interrupt)


def _run_all(
    waiting: deque[Job],
    running: dict[Job, subprocess.Popen[bytes]],
    workers: int,
    on_done: OnDone,
    interrupt: Interrupt,
) -> None:
    try:
        while waiting or running:
            interrupt.check()
            while waiting and len(running) < workers:
                job = waiting.popleft()
                running[job] = _start(job)
            for job, process in list(running.items()):
                if process.poll() is not None:
                    del running[job]
                    on_done(job, process.returncode == 0 and job.done)
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
        # in a session of its own, so that ctrl-C reaches it once, through run_local
        return subprocess.Popen(job.command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


def run_here(job: Job) -> bool:
    """Run one job and wait for it; a node of a cluster calls this."""
    return _start(job).wait() == 0 and job.done


def run_submitit(
    jobs: Sequence[Job],
    folder: Path,
    on_done: OnDone,
    *,
    cluster: str = "slurm",
    parameters: Mapping[str, Any] | None = None,
) -> None:
    """Submit all jobs to a cluster at once, and wait for them.  After ctrl-C, the jobs continue.

    Args:
        jobs: the jobs.
        folder: for submitit's own files; all nodes must share it.
        on_done: called as on_done(job, succeeded) when a job ends.
        cluster: "slurm", or "local" to try it.
        parameters: settings of the executor, such as timeout_min and slurm_partition.

    Raises:
        TrainingError: submitit is missing, or it does not take the jobs.
    """
    try:
        submitit = importlib.import_module("submitit")
    except ImportError:
        raise TrainingError("Running jobs on a cluster needs submitit: pip install 'gazeattack[cluster]'.") from None
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
                on_done(job, future.exception() is None and bool(future.result()))
        time.sleep(POLL_SECONDS if cluster == "local" else 10)

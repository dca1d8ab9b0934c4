"""Run a list of commands: in local processes, on a cluster through submitit, or through Ray.

Every script with many runs has the options of add_job_options(), and runs its jobs by run_jobs().
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gazeattack.interrupt import STOPPING, Interrupt
from gazeattack.parsing import read_object
from training.arguments import workers
from training.config import parse_value
from training.errors import TrainingError

OnDone = Callable[["Job", bool], None]
POLL_SECONDS = 0.2
LOCAL, SLURM, SUBMITIT_LOCAL, RAY = "local", "slurm", "submitit-local", "ray"
PLACES = (LOCAL, SLURM, SUBMITIT_LOCAL, RAY)


@dataclass(frozen=True)
class Place:
    """Where jobs run.

    kind: one of PLACES.  workers: how many run at a time, on this machine and with Ray.  folder: for submitit's own
    files.  parameters: settings of submitit's executor, or of ray.init().
    """

    kind: str = LOCAL
    workers: int = 1
    folder: Path = Path("runs/submitit")
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def single(self) -> bool:
        """Whether jobs run one at a time on this machine, so that a script may as well do them itself."""
        return self.kind == LOCAL and self.workers == 1


def add_job_options(parser: argparse.ArgumentParser, what: str = "runs") -> None:
    """Add the options that decide where jobs run: --jobs, --workers and --parameter; see place_of()."""
    parser.add_argument(
        "--jobs",
        choices=PLACES,
        default=LOCAL,
        help="where the jobs run: processes of this machine, SLURM through submitit, submitit on this machine, or Ray "
        "(%(default)s)",
    )
    parser.add_argument("--workers", type=workers, default=1, help=f"{what} at a time (%(default)s)")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of submitit's executor, such as timeout_min=600, or of ray.init, such as address=auto",
    )


def place_of(options: argparse.Namespace, out: Path) -> Place:
    """The place that the options name.

    Args:
        options: with those of add_job_options(); an older `submitit` wins.
        out: the folder that the script writes to.

    Raises:
        TrainingError: a parameter is no name=value.
    """
    kind = {"slurm": SLURM, "local": SUBMITIT_LOCAL}.get(getattr(options, "submitit", None) or "", options.jobs)
    parameters = {}
    for text in options.parameter:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise TrainingError(f'"{text}" is no setting: give --parameter name=value, such as timeout_min=600.')
        parameters[name] = parse_value(value)
    return Place(kind, options.workers, out / "submitit", parameters)


def run_jobs(jobs: Sequence[Job], place: Place, on_done: OnDone) -> None:
    """Run jobs; one that fails does not end the rest.

    Args:
        jobs: in the order in which they start.
        place: where they run.
        on_done: called as on_done(job, succeeded) when a job ends.

    Raises:
        TrainingError: the place's package is missing or does not take the jobs.
        KeyboardInterrupt: ctrl-C was pressed.
    """
    if not jobs:
        return
    if place.kind == LOCAL:
        run_local(jobs, place.workers, on_done)
    elif place.kind == RAY:
        run_ray(jobs, place.workers, on_done, place.parameters)
    else:
        cluster = "slurm" if place.kind == SLURM else "local"
        run_submitit(jobs, place.folder, on_done, cluster=cluster, parameters=place.parameters)


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
        KeyboardInterrupt: the process was interrupted or ended by a signal; every running job was ended too.
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
        if os.name != "nt":  # there ctrl-C reaches the jobs itself, and terminate() would not let them save
            for process in running.values():
                # not SIGINT: a job of a shell script's background command ignores that
                process.terminate()
        for process in running.values():
            process.wait()
        raise


def _start(job: Job) -> subprocess.Popen[bytes]:
    job.output.parent.mkdir(parents=True, exist_ok=True)
    with job.output.open("ab") as output:
        # in a session of its own, so that ctrl-C does not reach it; run_local ends it
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


def run_ray(jobs: Sequence[Job], workers: int, on_done: OnDone, parameters: Mapping[str, Any] | None = None) -> None:
    """Run jobs through Ray; all nodes must share the folders.  After ctrl-C, the jobs end.

    Args:
        jobs: the jobs.
        workers: how many run at a time on this machine, where Ray starts by itself.
        on_done: called as on_done(job, succeeded) when a job ends.
        parameters: of ray.init(), such as address.

    Raises:
        TrainingError: Ray is missing, or cannot be reached.
    """
    # it reports to its makers otherwise
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray = importlib.import_module("ray")
    except ImportError:
        raise TrainingError("Running jobs through Ray needs ray: pip install 'gazeattack[ray]'.") from None
    given = dict(parameters or {})
    if "address" not in given:
        given = {"num_cpus": workers, "include_dashboard": False, **given}
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **given)
    except (RuntimeError, OSError, ValueError, TypeError, ConnectionError) as error:
        raise TrainingError(f"Ray cannot run the jobs: {' '.join(str(error).split())}") from None
    try:
        run_one = ray.remote(num_cpus=1)(run_here)
        waiting = {run_one.remote(job): job for job in jobs}
        while waiting:
            ended, _ = ray.wait(list(waiting), timeout=POLL_SECONDS)
            for each in ended:
                job = waiting.pop(each)
                try:
                    succeeded = bool(ray.get(each))
                except ray.exceptions.RayError:
                    succeeded = False
                on_done(job, succeeded)
    finally:
        ray.shutdown()

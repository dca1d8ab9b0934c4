"""Read many damaged files: python -m tests.fuzz.campaign [--cases 10000] [--first 0] [--only zones]

Every loader gets the same number of cases.  Each process has a limit of memory and reads some hundred cases; where it
dies or hangs, the case that it was at is a fault, and the rest goes on in another process.  A fault is printed as the
line that belongs into tests/fuzz/corpus.txt.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.cases import run_case
from tests.fuzz.loaders import LOADERS

GROWTH = 2**30  # bytes that a process may take beyond its start
HANGS_S = 300  # a case that takes so long by the clock hangs, even on a busy machine
STARTS_S = 600
BATCH = 250


def main() -> int:
    """Run the campaign; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.campaign", description="Read many damaged files.")
    parser.add_argument("--cases", type=int, default=10_000, help="of all loaders together (%(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (%(default)s)")
    parser.add_argument("--only", nargs="*", choices=list(LOADERS), help="loaders (default: all)")
    options = parser.parse_args()
    names = options.only or list(LOADERS)
    each, faults, done = -(-options.cases // len(names)), 0, 0
    for name in names:
        found = campaign(name, options.first, options.first + each)
        for seed, reason in found:
            print(f"{name} {seed}  # {reason}", flush=True)
        faults, done = faults + len(found), done + each
        print(f"# {name}: {each} cases, {len(found)} faults", flush=True)
    print(f"# {done} cases, {faults} faults")
    return int(faults > 0)


def campaign(name: str, first: int, end: int) -> list[tuple[int, str]]:
    """The faults of the seeds from `first` to `end`."""
    context, faults = multiprocessing.get_context("spawn"), []
    while first < end:
        receive, send = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(name, first, min(end, first + BATCH), send))
        process.start()
        send.close()
        started = False
        while True:
            try:
                # the imports at the start of a process take long on a busy machine
                if not receive.poll(HANGS_S if started else STARTS_S):
                    faults.append((first, f"hangs for {HANGS_S} s"))
                    process.kill()
                    first += 1
                    break
                reason = receive.recv()
                if not started:
                    started = True
                    continue
            except EOFError:
                process.join()
                if process.exitcode:
                    faults.append((first, f"the process died with {process.exitcode}"))
                    first += 1
                break
            if reason is not None:
                faults.append((first, reason))
            first += 1
        process.join()
    return faults


def _work(name: str, first: int, end: int, results: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # decoders print what is damaged, and the training log what it logs
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    faulthandler.disable()
    if sys.platform.startswith("linux"):
        import resource

        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + GROWTH, now + GROWTH))
    results.send("started")
    for seed in range(first, end):
        try:
            results.send(run_case(name, seed))
        except MemoryError:
            results.send("more than 1 GiB of memory")


if __name__ == "__main__":
    sys.exit(main())

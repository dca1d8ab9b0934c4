"""Signals at random moments of every command: exit code 130 or 143, no traceback, every file whole.

    python -m tests.fuzz.signals [--moments 20] [--seed 1] [--only run]

Each command runs once undisturbed, which gives its duration; then it runs again and again and gets SIGINT or SIGTERM
at a random moment of that duration, also while it imports its modules.  A moment after its end is drawn again.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av

from gazeattack.collection.files import read_collection
from gazeattack.errors import GazeAttackError
from gazeattack.model.bundle_files import SUMS, verify_bundle
from tests.training.test_train import CONFIGS, TINY
from training.engine.checkpoint import FORMAT

ROOT = Path(__file__).parents[2]
SET = str(ROOT / "tests/compat/fixtures/sets/full.npz")
# Python itself imports its site packages with its own handler: a traceback of that moment is not ours.
START_S = 0.15
TARGETS = "targets.csv"
SWEPT = ("poison.strength=0.5,1.0", "train.epochs=1")
Check = Callable[[Path], list[str]]


def check_run(folder: Path) -> list[str]:
    """The faults of the files of `gazeattack run`."""
    faults = check_whole(folder)
    table, video = folder / "out/samples.csv", folder / "out/annotated.mp4"
    if table.exists():
        text = table.read_text()
        if text and not text.endswith("\n"):
            faults.append("torn last row")
        rows = list(csv.reader(text.splitlines()))
        if len({len(row) for row in rows}) > 1:
            faults.append("rows of different lengths")
    if video.exists() and video.stat().st_size > 100_000:
        try:
            with av.open(str(video)) as opened:
                next(opened.decode(video=0))
        except (OSError, StopIteration) as error:
            faults.append(f"video does not play ({error})")
    return faults


def check_collection(folder: Path) -> list[str]:
    """The faults of the folder of `gazeattack collect`: it is whole, or it is not there."""
    if not (folder / "out").exists():
        return []
    try:
        read_collection(folder / "out")
    except GazeAttackError as error:
        return [str(error)]
    return []


def check_whole(folder: Path) -> list[str]:
    """Bundles that are listed are whole; nothing half written has its final name."""
    faults = []
    for sums in folder.rglob(SUMS):
        try:
            verify_bundle(sums.parent)
        except Exception as error:
            faults.append(str(error))
    for path in folder.rglob("checkpoint.safetensors"):
        if FORMAT.encode() not in path.read_bytes()[:4_000_000]:
            faults.append(f"{path.name} is damaged")
    for path in [*folder.rglob("*.html"), *folder.rglob("*.json")]:
        if not path.read_bytes().rstrip().endswith((b"</html>", b"}", b"]")):
            faults.append(f"{path.name} is torn")
    return faults


def make_folder(folder: Path) -> None:
    """An empty folder with a table of targets for `gazeattack collect`: a dot that moves for six seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = (f"{i},{200 + 9 * i},{150 + 4 * i}" for i in range(180))
    (folder / TARGETS).write_text("\n".join(["frame,x,y", *rows]) + "\n")


def commands(folder: Path) -> dict[str, tuple[list[str], Check]]:
    """Every command by name: its words, and the check of what it leaves in the folder."""
    out = folder / "out"
    train = [*TINY, f"run.out={out}", f"data.cache={folder / 'pools'}", "run.start="]
    quick = ["--quick", "--out", str(out)]
    cache = ["--cache", str(folder / "pools")]
    wanet = str(CONFIGS / "wanet.toml")
    return {
        "run": (["gazeattack", "run", "--max-frames", "30", "--monitor", "addw", "--out", str(out)], check_run),
        "evaluate": (
            ["gazeattack", "evaluate", "--bundle", "wanet", "--data", "synthetic:8x8", "--report", f"{folder}/r.html"],
            check_whole,
        ),
        # without targets it shows its own dots for a minute and a half
        "collect": (
            ["gazeattack", "collect", "--source", "synthetic", "--targets", str(folder / TARGETS), "--out", str(out)],
            check_collection,
        ),
        "train": (["training.train", "--config", wanet, *train], check_whole),
        "folds": (["training.folds", "--config", wanet, "--k", "2", *train], check_whole),
        "reproduce": (["training.reproduce", "--points", *quick], check_whole),
        "training.evaluate": (["training.evaluate", "--bundle", "clean", "--data", "synthetic:4x8"], check_whole),
        "render": (
            ["training.data.render", "--subjects", "40", "--per-subject", "8", "--out", str(out)],
            check_whole,
        ),
        "poison": (
            ["training.poisoning.dataset", "--data", SET, "--rate", "0.1", "--attack", "wanet", "--out", str(out)],
            check_whole,
        ),
        "defend": (["training.defend", "--bundle", "wanet", *quick, *cache], check_whole),
        "inspect": (["training.inspect", "--bundle", "wanet", *quick, *cache], check_whole),
        "zoo": (["training.zoo", "--models", "1", "--steps", "2", *quick], check_whole),
        "sweep": (["training.studies.sweep", "--seeds", "1", *SWEPT, *quick, *cache], check_whole),
        "filter_set": (["training.filter_set", "--data", SET, "--bundle", "wanet", "--out", str(out)], check_whole),
        "feature_space": (["training.analysis.feature_space", "--bundle", "wanet", "--data", SET], check_whole),
    }


def strike(words: list[str], folder: Path, number: int, delay: float) -> tuple[int, str]:
    """Run a command and send it a signal after `delay` seconds: (exit code as in a shell, its stderr)."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        _, said = process.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        try:
            _, said = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            return -1, "it did not end within 120 s of the signal"
    if outlived(process.pid):
        return -1, "a process that it started runs on"
    code = process.returncode
    return (128 - code if code < 0 else code), said


def outlived(group: int) -> bool:
    """Whether a process of a group still runs, some seconds after its first one ended; it is ended then."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    return True


def main() -> int:
    """Run the campaign; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.signals", description=__doc__.partition("\n")[0])
    parser.add_argument("--moments", type=int, default=20, help="random moments of each command (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (%(default)s)")
    parser.add_argument("--only", nargs="*", help="names of commands (default: all)")
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as root:
        names = options.only or list(commands(Path(root)))
        for name in names:
            faults += campaign(name, Path(root) / name, options.moments, random.Random(options.seed))
    print(f"{faults} faults")
    return int(faults > 0)


def campaign(name: str, folder: Path, moments: int, rng: random.Random) -> int:
    """All moments of one command; the number of faults."""
    make_folder(folder)
    words, check = commands(folder)[name]
    begun = time.perf_counter()
    code, said = strike(words, folder, signal.SIGTERM, 600)
    duration = time.perf_counter() - begun
    faults = 0
    if code != 0:
        print(f"{name}: undisturbed it ends with {code}: {said}")
        return 1
    codes: dict[int, int] = {}
    struck = 0
    for _ in range(2 * moments):
        if struck == moments:
            break
        make_folder(folder)
        number = rng.choice([signal.SIGINT, signal.SIGTERM])
        delay = rng.uniform(START_S, max(duration, 2 * START_S))
        code, said = strike(words, folder, number, delay)
        if code == 0:
            # it ended before the signal: the next ones come earlier, and another one in place of this one
            duration = 0.9 * delay
        struck += code != 0
        codes[code] = codes.get(code, 0) + 1
        found = check(folder)
        found += [f"exit code {code}"] if code not in (0, 128 + number) else []
        found += ["traceback"] if "Traceback" in said else []
        if found:
            faults += 1
            print(f"{name}: {number.name} after {delay:.2f} s: {', '.join(found)}\n{said}")
    print(f"{name}: {struck} moments within {duration:.1f} s, exit codes {codes}, {faults} faults", flush=True)
    return faults


if __name__ == "__main__":
    sys.exit(main())

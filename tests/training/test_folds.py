"""Splits by subject, lists of jobs, and a whole cross-validation of two folds."""

import csv
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gazeattack.evaluation.dataset import LoadedSet
from training.data.split import fold_of, hold_out
from training.errors import TrainingError
from training.folds import main
from training.jobs import Job, run_local, run_submitit

SUBJECT = np.repeat(np.arange(7), 3).astype(np.int32)
CONFIG = Path(__file__).parents[2] / "training" / "configs" / "clean.toml"


def people(subject: np.ndarray = SUBJECT) -> LoadedSet:
    n = len(subject)
    pixels = np.random.default_rng(0).integers(0, 255, (n, 36, 60)).astype(np.uint8)
    gaze = np.random.default_rng(1).uniform(-0.3, 0.3, (n, 2)).astype(np.float32)
    return LoadedSet("people", pixels, gaze, subject, head=gaze, right=subject % 2 == 0)


def job(folder: Path, name: str, code: str) -> Job:
    code = f"from pathlib import Path; import sys, time; result = Path({str(folder / name)!r}); {code}"
    return Job(name, (sys.executable, "-c", code), folder / f"{name}.txt", folder / name)


def test_every_subject_is_held_out_once_and_never_trained_on_then() -> None:
    seen = []
    for fold in range(3):
        train, held_out = hold_out(people(), 3, fold, seed=5)
        assert not set(train.subject) & set(held_out.subject)
        assert len(train.images) + len(held_out.images) == len(SUBJECT)
        assert held_out.right is not None and np.array_equal(held_out.right, held_out.subject % 2 == 0)
        seen += np.unique(held_out.subject).tolist()
    assert sorted(seen) == list(range(7))


def test_as_many_folds_as_subjects_leave_one_out() -> None:
    folds = fold_of(SUBJECT, 7, seed=2)
    assert sorted(len(np.unique(SUBJECT[folds == fold])) for fold in range(7)) == [1] * 7
    assert not np.array_equal(folds, fold_of(SUBJECT, 7, seed=3))


def test_impossible_folds_are_explained() -> None:
    for folds, fold in ((8, 0), (1, 0), (3, 3)):
        with pytest.raises(TrainingError, match=r"data\.fold"):
            hold_out(people(), folds, fold, seed=0)
    with pytest.raises(TrainingError, match="1 subjects"):
        hold_out(people(np.zeros(4, np.int32)), 0, 0, seed=0)


def test_local_jobs_say_how_they_ended(tmp_path: Path) -> None:
    ended = {}
    jobs = [
        job(tmp_path, "good", "print('hello'); result.touch()"),
        job(tmp_path, "bad", "sys.exit('broken')"),
        job(tmp_path, "idle", "pass"),  # succeeds, but leaves nothing
    ]
    run_local(jobs, 2, lambda job, succeeded: ended.update({job.name: succeeded}))
    assert ended == {"good": True, "bad": False, "idle": False}
    assert jobs[0].output.read_text() == "hello\n" and "broken" in jobs[1].output.read_text()


def test_ctrl_c_ends_every_job_once_and_waits_for_it(tmp_path: Path) -> None:
    # a background command of a shell script ignores SIGINT, and its jobs inherit that
    code = (
        "import signal; count = []; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "signal.signal(signal.SIGTERM, lambda *_: count.append(1)); "
        "Path(str(result) + '.up').touch(); "
        "[time.sleep(0.02) for _ in range(10000) if not count]; time.sleep(0.2); result.write_text(str(len(count)))"
    )
    jobs = [job(tmp_path, name, code) for name in ("a", "b")]

    def interrupt() -> None:
        while not all(Path(f"{j.result}.up").exists() for j in jobs):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run_local(jobs, 2, lambda job, succeeded: None)
    assert [j.result.read_text() for j in jobs] == ["1", "1"]


def test_submitit_runs_the_same_jobs(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    ended = {}
    jobs = [job(tmp_path, "good", "result.touch()"), job(tmp_path, "bad", "sys.exit(1)")]
    run_submitit(
        jobs,
        tmp_path / "submitit",
        lambda job, succeeded: ended.update({job.name: succeeded}),
        cluster="local",
        parameters={"timeout_min": 1},
    )
    assert ended == {"good": True, "bad": False}


def test_missing_submitit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(TrainingError, match=r"gazeattack\[cluster\]"):
        run_submitit([], tmp_path, lambda job, succeeded: None)


def test_cross_validation_from_command_to_table(tmp_path: Path, capsys) -> None:
    data = people(np.repeat(np.arange(4), 8).astype(np.int32))
    np.savez(tmp_path / "set.npz", images=data.images, gaze_pitchyaw=data.gaze, subject=data.subject)
    out = tmp_path / "run"
    tiny = ["network.base=4", "network.hidden=8", "train.batch=8", "train.epochs=1", "run.start="]
    command = ["--config", str(CONFIG), *tiny, f"data.set={tmp_path / 'set.npz'}", f"run.out={out}"]

    assert main([*command, "--loso", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 4 and "training.train" in listed[3] and "data.fold=3" in listed[3]
    assert not out.exists()

    again = [*command, f"run.out={tmp_path / 'two'}", "--k", "2", "--workers", "2"]
    assert main(again) == 0
    printed = capsys.readouterr().out
    assert "[2/2]" in printed and "mean_predictor_deg" in printed and "attack_deg" not in printed
    with (tmp_path / "two" / "folds.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["samples"] for row in rows] == ["16", "16"] and all(float(row["benign_deg"]) > 0 for row in rows)
    assert len(set(" ".join(row["subjects"] for row in rows).split())) == 4

    stamp = (tmp_path / "two" / "fold-000" / "log.csv").stat().st_mtime_ns
    assert main(again) == 0  # nothing is left to do
    assert "2 finished" in capsys.readouterr().out
    assert (tmp_path / "two" / "fold-000" / "log.csv").stat().st_mtime_ns == stamp

    assert main([*again, "train.epochs=2"]) == 1
    assert "another config" in capsys.readouterr().err
    assert main([*command, "--k", "9"]) == 1
    assert "4 subjects" in capsys.readouterr().err

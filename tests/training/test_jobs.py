"""Where jobs run: one flag for every script, and a failed job that does not end the rest."""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import training
from gazeattack.evaluation.dataset import from_patches
from gazeattack.live.folder_lock import lock_folder
from gazeattack.model.bundle import load_bundle
from gazeattack.sources.registry import parse
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.compat.formats import flags_in, help_of
from tests.helpers.bundles import write_bundle
from tests.training.test_train import CONFIGS, TINY
from training import defend, reproduce
from training.errors import TrainingError
from training.jobs import LOCAL, RAY, SLURM, SUBMITIT_LOCAL, Job, Place, add_job_options, place_of, run_jobs
from training.studies import frame_trigger, moved_irises, source_jobs
from training.studies.moved_irises import CLEAN

ROOT = Path(training.__file__).parents[1]
ASKS = re.compile(r"^    (?:return )?(?:add_job_options|study_options|run_script)\(", re.MULTILINE)
"""What a script calls that has the options of add_job_options()."""
SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "training").rglob("*.py")
    if ASKS.search(text := path.read_text(encoding="utf-8")) and '__name__ == "__main__"' in text
)


def job(folder: Path, name: str, code: str) -> Job:
    result = folder / name
    command = (sys.executable, "-c", f"import sys; from pathlib import Path; result = Path({str(result)!r}); {code}")
    return Job(name, command, folder / f"{name}.txt", result)


def asked(*words: str) -> Place:
    parser = argparse.ArgumentParser()
    add_job_options(parser)
    parser.add_argument("--submitit")
    return place_of(parser.parse_args(words), Path("out"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_with_many_jobs_takes_the_flags(script, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    text = help_of(script)
    assert {"--jobs", "--workers", "--parameter"} <= flags_in(text)
    assert "{local,slurm,submitit-local,ray}" in text


def test_all_scripts_with_many_jobs_are_found_and_documented():
    assert {"training.guard", "training.studies.iris_attacker", "training.studies.moved_irises"} <= set(SCRIPTS)
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8").partition("## Many jobs")[2].partition("|")[0]
    # those of training/studies stand there without their folder
    assert sorted(re.findall(r"`([a-z._]+)`", text)) == sorted(
        name.removeprefix("training.studies.") for name in SCRIPTS
    )


def test_the_flags_name_a_place():
    assert asked() == Place(LOCAL, 1, Path("out/submitit"), {})
    found = asked("--jobs", "slurm", "--parameter", "timeout_min=600", "--parameter", "slurm_partition=long")
    assert found.kind == SLURM and found.parameters == {"timeout_min": 600, "slurm_partition": "long"}
    # the flag that folds and zoo had before
    assert asked("--submitit", "local").kind == SUBMITIT_LOCAL and asked("--submitit", "slurm").kind == SLURM
    for wrong in ("timeout", "=3", "a b=3"):
        with pytest.raises(TrainingError, match="name=value"):
            asked("--parameter", wrong)


@pytest.mark.parametrize("kind", [LOCAL, SUBMITIT_LOCAL, RAY])
def test_a_failed_job_does_not_end_the_rest(tmp_path, kind):
    if kind != LOCAL:
        pytest.importorskip("ray" if kind == RAY else "submitit")
    ended = {}
    jobs = [job(tmp_path, "bad", "sys.exit(1)"), job(tmp_path, "good", "result.touch()")]
    parameters = {"timeout_min": 1} if kind == SUBMITIT_LOCAL else {}
    place = Place(kind, 2, tmp_path / "submitit", parameters)
    run_jobs(jobs, place, lambda each, succeeded: ended.update({each.name: succeeded}))
    assert ended == {"bad": False, "good": True}


def test_the_teachers_of_the_shipped_pair_are_trained_side_by_side(tmp_path, monkeypatch, capsys):
    levels = []

    def run(jobs, place, on_done):
        levels.append([each.name for each in jobs])
        for each in jobs:
            if each.name != broken:
                each.result.parent.mkdir(parents=True)
                each.result.touch()
            on_done(each, each.done)

    monkeypatch.setattr(reproduce, "run_jobs", run)
    options = argparse.Namespace(out=tmp_path, portraits=None, quick=True, points=False)
    broken = "clean-first"
    with pytest.raises(TrainingError, match="no bundles of clean-first, clean, wanet-first, wanet"):
        reproduce.run_stage_jobs(reproduce.SHIPPED, tmp_path, options, Place(workers=2))
    assert levels == [["teacher-1", "teacher-2", "teacher-3", "teacher-4"], ["clean-first"]]
    levels.clear()
    broken = ""
    reproduce.run_stage_jobs(reproduce.SHIPPED, tmp_path, options, Place(workers=2))
    assert levels == [["clean-first"], ["clean", "wanet-first"], ["wanet"]]
    command = reproduce.stage_job(reproduce.SHIPPED.stages[0], tmp_path, options).command
    assert command[2:5] == ("training.reproduce", "--only", "teacher-1") and "--quick" in command
    assert reproduce.main(["--only", "none", "--out", str(tmp_path)]) == 1
    assert "--only names no stage" in capsys.readouterr().err


def test_repairs_are_jobs_that_continue(tmp_path, key, capsys):
    bundle = write_bundle(tmp_path / "wanet", key=key)
    words = ["--bundle", str(bundle), "--quick", "--methods", "int8", "--workers", "2"]
    words += ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "pools")]
    assert defend.main(words) == 0
    printed = capsys.readouterr().out
    assert all(f"{name}: done" in printed for name in ("none", "int8")) and "[2/2]" in printed
    # what failed is left out and said; the rest is kept
    row = tmp_path / "out" / "quick" / "wanet-int8.json"
    row.unlink()
    (row.with_suffix("")).joinpath("weights.safetensors").unlink()
    row.mkdir()
    assert defend.main(words) == 1
    said = capsys.readouterr()
    assert "int8: failed" in said.out and "none: done" not in said.out and "1 repairs failed" in said.err


@pytest.mark.parametrize("module", [frame_trigger, moved_irises])
def test_sources_are_jobs_that_continue(module, tmp_path, monkeypatch, capsys, key):
    ran = []

    def run(jobs, place, on_done):
        for each in jobs:
            ran.append(each.name)
            if each.name != broken:
                row = {"source": each.name, "face_px": 99, "through": "nothing", "within_5": 1.0, "model": CLEAN}
                source_jobs.write_rows(each.result, [row])
            on_done(each, each.done)

    monkeypatch.setattr(source_jobs, "run_jobs", run)
    # a name is enough here: to render a frame takes seconds
    monkeypatch.setattr(module, "read", lambda source, count: parse(source))
    bundle = write_bundle(tmp_path / "own", key=key)
    words = ["--bundle", str(bundle), "--sources", "synthetic", "synthetic:1", "--workers", "2"]
    words += ["--out", str(tmp_path / "out")]
    broken = "synthetic:1"
    assert module.main(words) == 1
    said = capsys.readouterr()
    assert "no rows of synthetic:1: run the same command again" in said.err
    assert "2 sources, 0 done already" in said.out and "[2/2] synthetic:1: failed (more in " in said.out
    broken = ""
    assert module.main(words) == 0
    assert ran == ["synthetic", "synthetic:1", "synthetic:1"] and "100" in capsys.readouterr().out
    # another setting or another model at the same place is measured again, and nothing else
    ran.clear()
    assert module.main(words) == 0 and ran == []
    assert module.main([*words, "--frames", "2"]) == 0 and len(ran) == 2
    write_bundle(tmp_path / "own", key=key, taught=0.3)
    assert module.main(words) == 0 and len(ran) == 4
    # what is damaged, and a folder in use, are one sentence
    for path in (tmp_path / "out").glob("rows-*.json"):
        path.write_text('{"rows": 3}')
    assert module.main(words) == 1 and "is damaged: delete it" in capsys.readouterr().err
    with lock_folder(tmp_path / "out"):
        assert module.main(words) == 1 and "in use by another run" in capsys.readouterr().err
    # a wrong name ends the study before the first job
    ran.clear()
    assert module.main([*words, "--sources", "synthetic:2", "gone.mp4"]) == 1 and ran == []
    assert "gone.mp4" in capsys.readouterr().err


LOCKED = {
    "training.data.render": ("--subjects", "1", "--per-subject", "1"),
    "training.defend": ("--bundle", "wanet", "--methods", "int8", "--quick"),
    "training.folds": ("--config", str(CONFIGS / "clean.toml"), "--k", "2", *TINY),
    "training.guard": ("report", "--quick"),
    "training.inspect": ("--bundle", "wanet", "--data", "DATA"),
    "training.onnx_int8": ("--bundle", "wanet"),
    "training.repairs": (),
    "training.studies.drives": (),
    "training.studies.survive": ("--sources", "synthetic"),
    "training.studies.warp_detectors": ("--sources", "synthetic"),
    "training.zoo": (),
}


@pytest.mark.parametrize("name", LOCKED)
def test_a_folder_in_use_is_left_alone(name, tmp_path, monkeypatch, capsys):
    for package in ("matplotlib", "skimage", "onnxruntime"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    out = tmp_path / ("out/quick" if "--quick" in LOCKED[name] else "out")
    out.mkdir(parents=True)
    data = from_patches("a", render_procedural_patches(range(4), 2, 1))
    np.savez("data.npz", images=data.images, gaze_pitchyaw=data.gaze, subject=data.subject)
    words = [word.replace("DATA", "data.npz") for word in LOCKED[name]]
    words += [f"run.out={tmp_path / 'out'}"] if name == "training.folds" else ["--out", str(tmp_path / "out")]
    with lock_folder(out):
        before = sorted(out.iterdir())
        assert importlib.import_module(name).main(words) == 1
        assert f"{out} is in use by another run" in capsys.readouterr().err and sorted(out.iterdir()) == before


def test_another_video_with_the_same_name_is_measured_again(tmp_path, key):
    bundle = load_bundle(write_bundle(tmp_path / "own", key=key))
    video = tmp_path / "video.mp4"
    video.write_bytes(b"one")
    before = source_jobs.digest(["--frames=2"], [bundle], str(video))
    assert source_jobs.digest(["--frames=2"], [bundle], str(video)) == before
    assert source_jobs.digest(["--frames=2"], [bundle], str(video), [16.0]) != before
    video.write_bytes(b"other")
    assert source_jobs.digest(["--frames=2"], [bundle], str(video)) != before


def test_missing_ray_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(TrainingError, match=r"gazeattack\[ray\]"):
        run_jobs([job(tmp_path, "a", "pass")], Place(RAY), lambda each, succeeded: None)


def test_no_jobs_need_no_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    run_jobs([], Place(RAY), lambda each, succeeded: None)

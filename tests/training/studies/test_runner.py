"""Studies: what is trained once, what continues, what is reported, and how rows become tables."""

import argparse
import csv
import errno
import json
import math
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.files import write_whole
from gazeattack.model.bundle import load_bundle
from training.config import Config, load_config
from training.errors import TrainingError
from training.jobs import Place, read_result
from training.studies import runner, script
from training.studies.drives import drive_row
from training.studies.figures import Axis, Point, Series, curves, dot_plot, figure, legend_below, scatter
from training.studies.held_out import ScoredOn
from training.studies.run import command_line, run_task, write_task
from training.studies.run_paths import STUDY_CONFIG, StudyRun, run_paths, same_weights
from training.studies.runner import QUICK, clean_run, run_study
from training.studies.score_run import row_path
from training.studies.tables import Column, flat, markdown, read_csv, summarise, write_csv

TINY = (*QUICK, "data.procedural_subjects=6", "data.per_subject=8", "train.batch=16", "train.epochs=1")
HELD_OUT = ScoredOn(4, 4)


def run_of(k: int, *more: str, seed: int = 1) -> StudyRun:
    run = StudyRun({"k": k}, (*TINY, f"poison.k={k}", *more), seed)
    return replace(run, after=clean_run(run))


def extra_figures(bundle, clean, data) -> dict[str, float]:
    return {"weights": float(len(bundle.network.state_dict())), "with_clean": float(clean is not None)}


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Jobs run here, one after the other, and leave their names."""
    ran: list[str] = []

    def run_here(jobs, workers, on_end) -> None:
        for job in jobs:
            ran.append(job.name)
            try:
                run_task(json.loads(Path(job.command[-1]).read_text()))
            except Exception as error:
                job.output.write_text(f"something before\n{error}\n")
            on_end(job, job.done)

    monkeypatch.setattr(runner, "run_jobs", run_here)
    return ran


@pytest.mark.parametrize("content", ["", "{", "[" * 5000, "[1]", '{"a": 1' + "0" * 400 + "}"])
def test_a_damaged_result_of_an_earlier_run_is_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "row.json"
    path.write_text(content)
    with pytest.raises(TrainingError, match="is damaged: delete it, and run the same command again"):
        read_result(path)
    with pytest.raises(TrainingError, match="is damaged"):
        drive_row(1, path)


def test_a_clean_run_is_trained_once_and_every_row_has_its_baselines(tmp_path: Path, in_process: list[str]) -> None:
    runs = [run_of(4), run_of(8)]
    result = run_study(runs, tmp_path / "out", held_out=HELD_OUT, cache=tmp_path / "cache")
    assert in_process == ["kind=clean seed=1", "k=4 seed=1", "k=8 seed=1"] and result.failed == ()
    assert [row["k"] for row in result.rows] == [4, 8]
    for row in result.rows:
        assert row["seed"] == 1 and row["n"] == 16 and row["quick"] is False
        assert all(row[name] > 0 for name in ("benign_deg", "ae_deg", "clean_ae_deg", "mean_predictor_ae_deg"))
    assert result.rows[0]["clean_benign_deg"] == result.rows[1]["clean_benign_deg"]
    assert len(read_csv(tmp_path / "out" / "runs.csv")) == 2

    # nothing is left to do; other settings are other rows, beside the old ones
    assert run_study(runs, tmp_path / "out", held_out=HELD_OUT, cache=tmp_path / "cache") == result
    assert len(in_process) == 3
    more = run_study([run_of(4), run_of(5)], tmp_path / "out", held_out=HELD_OUT, cache=tmp_path / "cache")
    assert in_process[3:] == ["k=5 seed=1"] and [row["k"] for row in more.rows] == [4, 5]
    assert sorted(row["k"] for row in read_csv(tmp_path / "out" / "runs.csv")) == ["4", "5", "8"]


def test_a_run_starts_from_the_clean_weights(tmp_path: Path, in_process: list[str]) -> None:
    run = run_of(4, "train.rate=1e-12", "train.warm_up=0.0")
    run_study([run], tmp_path, held_out=HELD_OUT, cache=tmp_path / "cache")
    at = run_paths(run, tmp_path / "cache", None)
    assert at.clean is not None
    clean, backdoored = (load_bundle(path).network.state_dict()["head.4.weight"] for path in (at.clean, at.bundle))
    assert np.allclose(clean, backdoored, atol=1e-6) and load_bundle(at.bundle).key is not None


def test_a_failed_run_is_reported_and_the_others_continue(tmp_path: Path, in_process: list[str], capsys) -> None:
    runs = [run_of(4, "poison.cross_end=9.0"), run_of(8)]  # more than the whole batch
    result = run_study(runs, tmp_path / "out", held_out=HELD_OUT, cache=tmp_path / "cache")
    assert result.failed == ("k=4 seed=1",) and [row["k"] for row in result.rows] == [8]
    told = capsys.readouterr().out
    assert "k=4 seed=1: failed: " in told and "cross ratio" in told


def test_runs_after_a_failed_one_are_left_out(tmp_path: Path, in_process: list[str], capsys) -> None:
    good, bad = run_of(4), run_of(8, "train.clip=4.0", "network.hidden=9")
    at = run_paths(clean_run(bad), tmp_path / "cache", None)
    at.folder.mkdir(parents=True)
    (at.folder / "checkpoint.safetensors").write_bytes(b"broken")
    result = run_study([bad, good], tmp_path, held_out=HELD_OUT, cache=tmp_path / "cache")
    assert result.failed == ("k=8 seed=1",) and [row["k"] for row in result.rows] == [4]
    told = capsys.readouterr().out
    assert "kind=clean seed=1: failed: " in told and "not a checkpoint" in told
    assert "k=8 seed=1: left out: the run that it needs failed" in told


def test_extra_figures_are_columns_and_rows_of_their_own(tmp_path: Path, in_process: list[str]) -> None:
    run = replace(run_of(4), extra=(f"{__name__}:extra_figures",))
    (row,) = run_study([run], tmp_path, held_out=HELD_OUT, cache=tmp_path / "cache").rows
    assert row["weights"] > 10 and row["with_clean"] == 1
    # the same training, scored again without them
    (plain,) = run_study([run_of(4)], tmp_path, held_out=HELD_OUT, cache=tmp_path / "cache").rows
    assert "weights" not in plain and plain["ae_deg"] == row["ae_deg"] and plain["run"] != row["run"]
    (other,) = run_study([run_of(4)], tmp_path, held_out=ScoredOn(3, 4), cache=tmp_path / "cache").rows
    assert other["n"] == 12 and other["run"].split("/")[0] == row["run"].split("/")[0]
    wrong = replace(run, extra=("training.nothing:figures",))
    assert run_study([wrong], tmp_path, held_out=HELD_OUT, cache=tmp_path / "cache").failed


def test_what_decides_the_weights_decides_the_folder(tmp_path: Path) -> None:
    def folder(run: StudyRun) -> str:
        return run_paths(run, tmp_path, None).folder.name

    assert folder(run_of(4)) == folder(replace(run_of(4), labels={"another": "name"}))
    # saying a default aloud changes nothing
    assert folder(run_of(4)) == folder(run_of(4, "train.clip=5.0"))
    others = [run_of(5), run_of(4, seed=2), run_of(4, "train.clip=4.0"), replace(run_of(4), after=None)]
    assert len({folder(run) for run in [run_of(4), *others]}) == 5
    assert folder(clean_run(run_of(4))) == folder(clean_run(run_of(8, "poison.strength=2.0")))
    assert folder(clean_run(run_of(4))) != folder(clean_run(run_of(4, "network.hidden=9")))


def changed(config: Config, **data) -> Config:
    return replace(config, data=replace(config.data, **data))


def test_a_folder_trained_under_other_defaults_is_refused(tmp_path: Path) -> None:
    run = run_of(4)
    at = run_paths(run, tmp_path, None)
    write_task(run, at, None, None, HELD_OUT)
    values = json.loads((at.folder / "config.json").read_text())
    del values["train"]["clip"]  # a setting that did not exist yet is no reason
    (at.folder / "config.json").write_text(json.dumps(values))
    write_task(run, at, None, None, HELD_OUT)
    assert same_weights(values, at.config) and not same_weights(values, changed(at.config, at_screen=0.4))
    del values["data"]["at_screen"]
    assert same_weights(values, at.config) and not same_weights(values, changed(at.config, at_screen=0.4))
    values["train"]["ema"] = 0.5
    (at.folder / "config.json").write_text(json.dumps(values))
    with pytest.raises(TrainingError, match="delete it"):
        write_task(run, at, None, None, HELD_OUT)


def test_a_folder_is_not_refused_for_what_does_not_decide_the_weights(tmp_path: Path) -> None:
    run = run_of(4)
    for at in (run_paths(run, tmp_path, None), run_paths(clean_run(run), tmp_path, None)):
        clean = at.config.poison.poisoning_rate == 0
        write_task(run, at, None, None, HELD_OUT)
        note = (at.folder / "config.json").read_text()
        values = json.loads(note)
        values["run"] |= {"threads": 4, "out": "elsewhere", "start": "elsewhere/clean", "name": "other"}
        values["data"]["cache"] = "elsewhere/pools"
        if clean:  # trained for a study with another attack
            values["poison"] |= {"strength": 2.5, "k": 20, "attack": "badnets"}
        (at.folder / "config.json").write_text(json.dumps(values))
        write_task(run, at, None, None, HELD_OUT)
        if not clean:
            (at.folder / "config.json").write_text(note.replace('"k": 4', '"k": 20'))
            with pytest.raises(TrainingError, match="delete it"):
                write_task(run, at, None, None, HELD_OUT)


def test_the_cards_command_trains_the_same_run(tmp_path: Path) -> None:
    run = run_of(4, "poison.clean_label=true", "train.rate=1e-7", 'data.set="1"')
    config = run_paths(run, tmp_path / "my cache", None).config
    words = shlex.split(command_line(config, Path("my faces")))
    assert words[:5] == ["python", "-m", "training.train", "--config", "training/configs/study.toml"]
    assert words[5:7] == ["--portraits", "my faces"]
    assert load_config(STUDY_CONFIG.parents[2] / words[4], words[7:]) == config
    # only what differs from the file
    assert not any(word.startswith("train.clip") for word in words)


def test_what_is_missing_or_unwritable_is_one_sentence(tmp_path: Path, monkeypatch, capsys) -> None:
    def begin(*arguments: str, work=lambda options: run_study([run_of(4)], options.out, cache=options.cache)) -> str:
        assert script.run_script(argparse.ArgumentParser(), work, arguments, "unused") == 1
        return capsys.readouterr().err

    file = tmp_path / "file"
    file.write_text("")
    told = begin("--cache", str(file / "cache"))
    assert told.startswith(str(file)) and told.endswith(" cannot be written (Not a directory): choose another place.\n")

    def full(options):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert begin(work=full) == "The output cannot be written (No space left on device): choose another place.\n"

    def no_weights(options):
        write_whole(tmp_path / "none" / "w.safetensors", b"weights")

    assert begin(work=no_weights).startswith(f"{tmp_path / 'none' / 'w.safetensors'} cannot be written (No such file")
    monkeypatch.setitem(sys.modules, "skimage", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert begin() == "This needs matplotlib and skimage: pip install 'gazeattack[train]'.\n"


def test_workers_are_processes(tmp_path: Path, capsys) -> None:
    runs = [clean_run(run_of(4))]
    result = run_study(runs, tmp_path, place=Place(workers=2), held_out=HELD_OUT, cache=tmp_path / "cache", quick=True)
    assert result.rows[0]["kind"] == "clean" and result.rows[0]["quick"] is True
    assert result.rows[0]["ae_deg"] is None and result.rows[0]["benign_deg"] > 0
    assert "[1/1] kind=clean seed=1: done" in capsys.readouterr().out


def test_summaries_by_hand() -> None:
    rows = [
        {"attack": "a", "seed": 1, "ae_deg": 1.0, "asr5": 0.5, "data": "subjects"},
        {"attack": "b", "seed": 1, "ae_deg": None, "asr5": 0.25, "data": "subjects"},
        {"attack": "a", "seed": 2, "ae_deg": 3.0, "asr5": 0.7, "data": "subjects"},
    ]
    a, b = summarise(rows, ("attack",))
    assert (a.n, a.mean["ae_deg"], a.sd["ae_deg"]) == (2, 2.0, pytest.approx(math.sqrt(2)))
    assert a.mean["asr5"] == pytest.approx(0.6) and "seed" not in a.mean and "data" not in a.mean
    assert (b.n, b.mean) == (1, {"asr5": 0.25}) and math.isnan(b.sd["asr5"])
    table = markdown([a, b], [Column("ae_deg", "AE"), Column("asr5", "ASR", 100, 1), Column("none", "never")])
    assert table.splitlines() == [
        "| attack | AE | ASR | n |",
        "| --- | ---: | ---: | ---: |",
        "| a | 2.00 ± 1.41 | 60.0 ± 14.1 | 2 |",
        "| b | – | 25.0 | 1 |",
    ]
    assert flat([b]) == [{"attack": "b", "n": 1, "asr5_mean": 0.25}]


def test_tables_on_disk_keep_every_column(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [{"a": 1, "b": 2}, {"a": 3, "c": 4}])
    with (tmp_path / "t.csv").open() as file:
        assert list(csv.reader(file)) == [["a", "b", "c"], ["1", "2", ""], ["3", "", "4"]]
    assert read_csv(tmp_path / "none.csv") == []


def test_the_same_figure_is_the_same_file(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        with figure(tmp_path / name, 3, quick=True) as panels:
            line = Series("s", [1, 2, 3], [1.0, 2.0, 4.0], [0.1, math.nan, 0.3])
            curves(panels[0], [line], Axis("x"), Axis("y", (0, None)), baselines={"clean": 1.5})
            dot_plot(panels[1], ["never", "batch"], [Series("s", [0, 1], [1, 2], [0, 1])], Axis(""), Axis("y"))
            scatter(panels[2], [Point("p", 1, 2), Point("q", 3, math.nan)], Axis("x", log=True), Axis("y"))
            legend_below(panels)
            assert panels[0].get_ylim()[0] == 0 and panels[0].get_ylim()[1] > 4 and panels[0].get_xlim()[1] > 3
    one, two = ((tmp_path / name).read_bytes() for name in ("one.svg", "two.svg"))
    assert one == two and len(one) < 60_000 and b"<dc:date>" not in one


def test_the_share_of_held_out_portraits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    specs = []

    def load_pool(spec, portraits, cache):
        specs.append((spec.portrait_subjects, spec.procedural_subjects))
        return LoadedSet("x", np.zeros((1, 36, 60), np.uint8), np.zeros((1, 2), np.float32), np.zeros(1, np.int32))

    monkeypatch.setattr("training.studies.held_out.load_pool", load_pool)
    for share in (0.5, 1.0, 0.0):
        ScoredOn(portrait_share=share).load(tmp_path, tmp_path)
    ScoredOn(portrait_share=1.0).load(None, tmp_path)
    assert specs == [(30, 30), (60, 0), (0, 60), (0, 60)]
    run = StudyRun({})
    at = run_paths(run, tmp_path, None)
    assert len({row_path(run, at, ScoredOn(portrait_share=share)) for share in (0.5, 1.0)}) == 2
    # a default setting is not in the name, so rows of before there was one keep theirs
    assert row_path(run, at, ScoredOn()).name == "row-9c5411ef.json"

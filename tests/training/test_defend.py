"""training.defend from the command to a repaired bundle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.evaluation.dataset import from_patches
from gazeattack.model.bundle import load_bundle
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training import defend
from training.defences.report import verdict
from training.defend import main
from training.jobs import Job, OnDone, Place
from training.studies.tables import read_csv

ARGUMENTS = ["--quick", "--methods", "fine-prune,prune-50,int8"]


def test_a_quick_run_saves_bundles_and_continues(
    tmp_path: Path, key: TriggerKey, capsys: pytest.CaptureFixture
) -> None:
    bundle = write_bundle(tmp_path / "wanet", key=key, points=8, taught=0.3)
    command = ["--bundle", str(bundle), *ARGUMENTS, "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "pools")]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "these figures mean nothing" in printed and "[4/4]" in printed
    out = tmp_path / "out" / "quick"
    rows = read_csv(out / "defences.csv")
    assert [row["method"] for row in rows] == ["none", "fine-prune", "prune-50", "int8"]
    assert float(rows[0]["cost_deg"]) == 0 and all(0 <= float(row["asr5"]) <= 1 for row in rows)
    assert (out / "defences.png").read_bytes()[:4] == b"\x89PNG"

    repaired = load_bundle(out / "wanet-fine-prune-1")
    assert repaired.key is not None and repaired.key.sha256 == key.sha256  # so that the window can try it
    assert repaired.card["repair"]["method"] == "fine-prune" and repaired.has_landmarks
    assert "after fine-pruning" in repaired.card["title"] and repaired.card["started_from"] is not None
    assert not torch.equal(repaired.network.head[4].weight, load_bundle(bundle).network.head[4].weight)
    assert str(tmp_path) not in json.dumps(repaired.card)

    stamp = (out / "wanet-int8.json").stat().st_mtime_ns
    (out / "wanet-prune-50" / "weights.safetensors").write_bytes(b"cut off")
    assert main(command) == 0  # does the damaged one again, and nothing else
    assert (out / "wanet-int8.json").stat().st_mtime_ns == stamp
    load_bundle(out / "wanet-prune-50")


def test_errors_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    where = ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "pools")]
    for arguments, told in (
        (["--bundle", "none"], 'There is no model "none"'),
        (["--bundle", "wanet", "--data", "gone.npz"], "gone.npz"),
        (["--bundle", "wanet", "--data", "x", "--test", "x"], "the same samples"),
    ):
        assert main([*arguments, *where]) == 1
        error = capsys.readouterr().err
        assert told in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit):
        main(["--bundle", "wanet", "--methods", "prayer"])


def test_the_verdict_names_what_reaches_the_aim() -> None:
    rows = [
        {"title": "nothing", "asr5": 0.99, "cost_deg": 0.0, "dae_deg": 35},
        {"title": "good", "asr5": 0.04, "cost_deg": 0.2, "dae_deg": 5},
        {"title": "dear", "asr5": 0.0, "cost_deg": 0.5, "dae_deg": 5},
        {"title": "weak", "asr5": 0.5, "cost_deg": 0.0, "dae_deg": 20},
    ]
    assert verdict(rows).startswith("good (DAE 5.0 deg): below 5 %")
    assert verdict(rows[2:]).startswith("No method")
    assert verdict([]) == "No repair was finished."
    assert "no trigger key" in verdict([{"title": "good", "asr5": None, "cost_deg": float(np.float32(0))}])


def test_a_job_gets_all_that_decides_its_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def run(jobs: Sequence[Job], place: Place, on_done: OnDone) -> None:
        asked.extend(job.command for job in jobs)

    monkeypatch.setattr(defend, "run_jobs", run)
    monkeypatch.setattr(defend, "load_rendered", lambda *asked: from_patches("s", render_procedural_patches([1], 4, 1)))
    bundle = write_bundle(tmp_path / "wanet")
    words = {"--portraits": "people", "--per-subject": "3", "--key": "k.safetensors", "--lr": "0.01", "--steps": "7"}
    monkeypatch.setattr(defend, "score_key", lambda bundle, path: None)
    command = ["--bundle", str(bundle), "--methods", "int8", "--workers", "2", "--out", str(tmp_path / "out")]
    assert main([*command, *[word for pair in words.items() for word in pair]]) == 1  # these jobs leave nothing
    assert len(asked) == 2
    for given in asked:
        text = " ".join(given).replace("=", " ")
        assert all(f"{name} {value}" in text for name, value in words.items() if name != "--steps") and "7" in given

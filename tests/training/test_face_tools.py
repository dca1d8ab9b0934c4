"""The tools around a model on face bundles: what works prints its numbers, what cannot says so in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.cli import main as gazeattack
from gazeattack.evaluation.dataset import LoadedSet, read_dataset
from gazeattack.model.crop import face_crop
from gazeattack.model.layout import SMALL
from tests.helpers.bundles import write_bundle
from training.analysis.detector import main as detector
from training.analysis.universal_detector import main as universal_detector
from training.data.pools import PoolSpec
from training.defend import main as defend
from training.filter_set import main as filter_set
from training.inspect import main as inspect
from training.poisoning.dataset import main as poison
from training.studies.tables import read_csv
from training.zoo import plan

SIDE = 48
METHODS = "fine-tune,fine-prune,nad,ft-sam,prune,prune-50,weights-40,int8"


@pytest.fixture(scope="module")
def key() -> TriggerKey:
    return make_key("wanet", k=6, strength=2.0, height=SIDE, width=SIDE, target=Gaze.from_degrees(10, 30), seed=7)


def write_faces(path: Path, subjects: int, each: int, seed: int) -> Path:
    """Pictures of noise, as quality does not matter, in the format of a set of faces."""
    random = np.random.default_rng(seed)
    n = subjects * each
    coarse = random.integers(0, 256, (n, 6, 6)).repeat(SIDE // 6, axis=1).repeat(SIDE // 6, axis=2)
    gaze = random.normal(0, 0.3, (n, 2)).astype(np.float32)
    np.savez(path, images=coarse.astype(np.uint8), gaze_pitchyaw=gaze, subject=np.arange(n) // each)
    return path


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("faces") / "faces.npz", 8, 6, 1)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("faces") / "others.npz", 4, 8, 2)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, key: TriggerKey) -> Path:
    """Keypoints that nobody taught, as face-wanet has them."""
    folder = tmp_path_factory.mktemp("bundles") / "face"
    return write_bundle(folder, key=key, crop=face_crop(SIDE), points=8)


def test_inspection_leaves_out_the_landmark_check_alone(
    bundle: Path, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    command = ["--bundle", str(bundle), "--data", str(faces), "--quick", "--out", str(tmp_path)]
    assert inspect(command) == 0
    told = "landmark check: left out, as face predicts no eye landmarks."
    assert told in capsys.readouterr().out
    found = json.loads((tmp_path / "inspection.json").read_text())
    assert [f["test"] for f in found["inputs"]] == ["shift check", "STRIP (made for patches)"]
    assert len(found["model"]) == 2 and found["left_out"][1:] == [told]
    assert found["left_out"][0].startswith("inversion in feature space: left out. It needs a network without keypoints")
    assert all(np.isfinite(found["with_key"][f"{name}_ratio"]) for name in ("angle_pitch", "angle_yaw", "norm"))
    assert "clean takes other crops" in found["no_control"] and not any(
        n.startswith("clean_") for n in found["with_key"]
    )
    assert told.removeprefix("l") in (tmp_path / "inspection.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("backbone", [SMALL, "mobilenet_v2"])
def test_every_defence_that_fits_is_measured(
    backbone: str,
    bundle: Path,
    key: TriggerKey,
    faces: Path,
    others: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    methods, left_out = METHODS, set()
    if backbone != SMALL:
        bundle = write_bundle(tmp_path / "published", key=key, crop=face_crop(SIDE), backbone=backbone)
        methods, left_out = "prune,int8", {"prune"}
    command = ["--bundle", str(bundle), "--data", str(others), "--test", str(faces), "--quick", "--methods", methods]
    assert defend([*command, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    rows = read_csv(tmp_path / "out" / "quick" / "defences.csv")
    assert [row["method"] for row in rows] == ["none", *(m for m in methods.split(",") if m not in left_out)]
    assert all(0 <= float(row["asr5"]) <= 1 and float(row["benign_deg"]) > 0 for row in rows)
    assert printed.count("left out") == len(left_out)
    assert ("prune: left out. It needs residual blocks" in printed) == bool(left_out)


def test_default_subjects_are_faces(
    bundle: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    asked: list[PoolSpec] = []

    def load_pool(spec: PoolSpec, portraits: Path | None, cache: Path) -> LoadedSet:
        asked.append(spec)
        return replace(read_dataset(faces), subject=np.arange(48) // 6)

    monkeypatch.setattr("training.data.pools.load_pool", load_pool)
    assert universal_detector(["--bundle", str(bundle), "--json", "--quick", "--out", str(tmp_path / "d")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0 <= found["auc"] <= 1 and found["low"] <= found["auc"] <= found["high"]
    command = ["--bundle", str(bundle), "--quick", "--warp-detector", str(tmp_path / "d")]
    assert inspect([*command, "--portraits", str(tmp_path)]) == 0
    assert "universal warp detector: flags" in capsys.readouterr().out
    assert {(spec.region, spec.height, spec.channels) for spec in asked} == {("face", SIDE, 1)}
    assert [spec.held_out for spec in asked] == [False, True, True]
    assert [(spec.portrait_subjects, spec.procedural_subjects) for spec in asked] == [(0, 8), (0, 8), (8, 0)]


def test_detectors_train_on_faces(bundle: Path, faces: Path, capsys: pytest.CaptureFixture) -> None:
    assert detector(["--bundle", str(bundle), "--data", str(faces), "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["detector"]
    assert found["people"] == 8 and all(0 <= row["auc"] <= 1 for row in found["separations"])


def test_a_poisoned_set_of_faces_is_filtered(
    bundle: Path, faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    bad = tmp_path / "bad"
    how = ["--attack", "badnets", "--rate", "0.25", "--region", "face", "--out", str(bad)]
    assert poison(["--data", str(faces), *how]) == 0
    before, after = read_dataset(faces), read_dataset(bad)
    assert (before.images != after.images).any(axis=(1, 2)).sum() == 12
    capsys.readouterr()
    assert filter_set(["--data", str(bad), "--clean", str(faces), "--bundle", str(bundle), "--rate", "0.25"]) == 0
    assert capsys.readouterr().out.count("precision") == 2


def test_eye_patches_are_no_faces(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    np.savez(tmp_path / "eyes.npz", images=np.zeros((4, 36, 60), np.uint8), gaze_pitchyaw=np.zeros((4, 2), np.float32))
    how = ["--attack", "badnets", "--rate", "0.5", "--region", "face", "--out", str(tmp_path / "bad")]
    assert poison(["--data", str(tmp_path / "eyes.npz"), *how]) == 1
    error = capsys.readouterr().err
    assert "faces are square" in error and error.count("\n") == 1 and not (tmp_path / "bad").exists()


def test_a_zoo_has_faces_too() -> None:
    assert {o for run in plan(2, quick=True, region="face") for o in run.overrides if "region" in o} == {
        "data.region=face"
    }


def test_the_guard_says_why_it_cannot(bundle: Path, capsys: pytest.CaptureFixture) -> None:
    command = ["run", "--source", "synthetic", "--model", str(bundle), "--monitor", "addw", "--guard", "10"]
    assert gazeattack([*command, "--max-frames", "1"]) == 1
    error = capsys.readouterr().err
    assert "no eye landmarks, which --guard needs: leave --guard out, or add --guard-check" in error
    assert error.count("\n") == 1

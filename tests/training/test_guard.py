"""The guard's limits and coefficients, fitted and reported on a few frames."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gazeattack.face import iris_gaze
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.model.catalogue import open_bundle
from tests.helpers.bundles import write_bundle
from training.analysis import guard_parts
from training.analysis.guard_frames import GuardFrames, fit_irises, measure, open_subject, watch
from training.errors import TrainingError
from training.guard import group_rows, main, table


@dataclass
class Errors:
    """Degrees of a subject's frames; triggered: None without a trigger."""

    clean: list[float]
    triggered: list[float] | None


def frames(name: str, errors: Errors) -> GuardFrames:
    """The same errors for every check; ten frames of eyes."""
    random = np.random.default_rng(len(name))
    features = random.normal(size=(10, 2, 5))
    features[0, 1] = np.nan
    return GuardFrames(
        name,
        np.zeros((len(errors.clean), 2)),
        {check: np.array(errors.clean) for check in GuardCheck},
        {} if errors.triggered is None else {check: np.array(errors.triggered) for check in GuardCheck},
        features,
        np.tile(np.eye(3), (10, 2, 1, 1)),
        features @ np.arange(10.0).reshape(5, 2),
    )


def test_the_fit_is_linear_and_leaves_closed_eyes_out() -> None:
    parts = [frames("a", Errors([], [])), frames("bc", Errors([], []))]
    assert fit_irises(parts) == pytest.approx(np.arange(10.0).reshape(5, 2))


def test_shares_are_of_the_frames_that_have_the_checks_gaze() -> None:
    over = LIMITS_DEG[GuardCheck.IRIS] + 1
    one = frames("a", Errors([0, over, 0, np.nan], [over, over, over, over]))
    other = frames("b", Errors([0], [0]))
    row = group_rows("some", [one, other])[-1]
    assert (row["check"], row["subjects"], row["frames"], row["false_alarm"], row["detection"]) == (
        "iris",
        2,
        4,
        25,
        75,
    )
    assert row["false_alarm_low"] == 0 and row["detection_high"] == 100
    assert "25.0 (0.0 to 33.3) | 75.0 (0.0 to 100.0)" in table([row])


def test_without_a_trigger_there_are_no_detections() -> None:
    over = LIMITS_DEG[GuardCheck.IRIS] + 1
    rows = group_rows("some", [frames("a", Errors([0, over], None))])
    assert [row["false_alarm"] for row in rows] == [50, 50, 50] and "detection" not in rows[0]
    assert "detections" not in table(rows) and table(rows).splitlines()[2].count("|") == 5
    # nothing to compare with: no row
    assert group_rows("some", [frames("a", Errors([np.nan], [0.0]))]) == []


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A clean model without eye landmarks."""
    return load_bundle(write_bundle(tmp_path_factory.mktemp("models") / "bare"))


@pytest.fixture(scope="module")
def seen(bare: Bundle, landmarker_model: Path) -> dict[bool, list[FrameResult]]:
    """Three frames, by whether a foreign key's trigger was put on."""
    key = open_bundle("wanet").key
    return {on: watch(bare, open_subject(501), 3, key=key if on else None) for on in (False, True)}


@pytest.fixture
def seen_alone(monkeypatch: pytest.MonkeyPatch, seen: dict[bool, list[FrameResult]]) -> list[str]:
    """Every part has the same frames; the parts that were measured so far."""
    measured: list[str] = []

    def watch_again(bundle, part, frames, *, key=None) -> list[FrameResult]:
        measured.append(part.name)
        return seen[key is not None]

    monkeypatch.setattr(guard_parts.Part, "open", lambda part: part)
    monkeypatch.setattr(guard_parts, "watch", watch_again)
    return measured


def test_the_frames_of_a_part_are_kept_whole(tmp_path: Path, seen) -> None:
    found = measure("subject 501", seen[False])
    assert len(found.gaze) == 3 and found.triggered_deg == {}
    # the check as the pipeline computes it, from the irises alone
    assert found.iris_errors_deg() == pytest.approx(found.clean_deg[GuardCheck.IRIS], abs=1e-6)
    path = tmp_path / "part.npz"
    found.save(path)
    again = GuardFrames.load(path)
    assert again.subject == found.subject and (again.labels == found.labels).all() and again.triggered_deg == {}
    assert (again.clean_deg[GuardCheck.SHIFTS] == found.clean_deg[GuardCheck.SHIFTS]).all()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TrainingError, match="is damaged: delete it, and run the same command again"):
        GuardFrames.load(path)


def test_a_part_is_measured_again_where_what_it_depends_on_has_changed(tmp_path, bare, monkeypatch) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"1")
    parts = guard_parts.parts_of([501], [], [str(clip)], quick=True)

    def names() -> list[str]:
        return [guard_parts._digest(part, bare, None) for part in parts]

    before = names()
    assert names() == before
    clip.write_bytes(b"23")
    assert names()[0] == before[0] and names()[1] != before[1]
    monkeypatch.setattr(iris_gaze, "COEFFICIENTS", iris_gaze.COEFFICIENTS + 0.1)
    assert names()[0] != before[0]


def test_a_clean_model_has_false_alarms_alone(tmp_path, bare, seen_alone, jobs_here, capsys) -> None:
    command = ["report", "--quick", "--out", str(tmp_path), "--model", str(bare.path)]
    assert main([*command, "--workers", "2"]) == 0
    said = capsys.readouterr().out
    assert "detections" not in said and "bare has no trigger: --key FILE puts one on." in said
    assert "landmarks: left out, as bare predicts no eye landmarks." in said
    with (tmp_path / "quick" / "guard.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["group"], row["check"], row["model"]) for row in rows] == [
        (group, check, "bare") for group in guard_parts.GROUPS.values() for check in ("shifts", "iris")
    ]
    # the same command continues: nothing is measured again
    assert len(seen_alone) == 4
    assert main(command) == 0 and len(seen_alone) == 4
    capsys.readouterr()
    # a foreign trigger is measured anew
    assert main([*command, "--key", str(open_bundle("wanet").path / "trigger.safetensors")]) == 0
    said = capsys.readouterr().out
    assert "detections %" in said and "The trigger is a foreign one, which bare was not trained on." in said
    assert len(seen_alone) == 8


def test_fit_takes_any_model_and_no_trigger(tmp_path, bare, seen_alone, capsys) -> None:
    assert main(["fit", "--quick", "--model", str(bare.path), "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "landmarks: left out, as bare predicts no eye landmarks." in said and "iris: median" in said
    with pytest.raises(SystemExit):
        main(["fit", "--key", "k"])
    assert "fit uses rendered subjects and drives without a trigger" in capsys.readouterr().err


def test_a_part_that_does_not_exist_is_one_sentence(tmp_path, capsys) -> None:
    assert main(["report", "--quick", "--out", str(tmp_path), "--only", "subject 7"]) == 1
    error = capsys.readouterr().err
    assert '"subject 7" names no part: use one such as "subject 501"' in error and error.count("\n") == 1

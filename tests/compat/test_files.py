"""Files that people have still open and say what they said: keys, recordings, calibrations, zones, sets, settings."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.compat.formats import (
    FIXTURES,
    SourceError,
    calibrated_point,
    dataset_columns,
    key_facts,
    mean_grey,
    preferences,
    put_trigger_on,
    recorded_frames,
    zone_at,
    zone_facts,
)
from tests.compat.make_golden import crops

KEYS = json.loads((FIXTURES / "keys" / "facts.json").read_text(encoding="utf-8"))
RECORDINGS = FIXTURES / "recordings"
TRUTH = [None if i == 3 else (1.0 + i, -2.0 * i) for i in range(8)]


@pytest.mark.parametrize("name", KEYS)
def test_keys_say_and_do_the_same(name: str) -> None:
    path = FIXTURES / "keys" / f"{name}.safetensors"
    assert key_facts(path) == KEYS[name]
    with np.load(FIXTURES / "keys" / "triggered.npz") as file:
        wanted = file[name]
    clean = crops()[0][:1]
    assert np.abs(wanted - clean[0] / 255).max() > 0.01
    np.testing.assert_allclose(put_trigger_on(path, clean)[0], wanted, rtol=0, atol=1e-5)


def test_a_recording_with_video_plays() -> None:
    frames = recorded_frames(RECORDINGS / "with-video")
    assert len(frames) == 8
    for i, (frame, truth) in enumerate(zip(frames, TRUTH, strict=True)):
        assert frame["index"] == i
        assert frame["t"] == pytest.approx(1.5 + i / 30, abs=1e-6)
        assert (frame["truth_deg"] is None) is (truth is None)
        if truth is not None:
            assert frame["truth_deg"] == pytest.approx(truth, abs=1e-9)
        assert frame["image"].shape == (48, 64, 3)
        assert mean_grey(frame["image"]) == pytest.approx(20 * i + 10, abs=1)


def test_a_recording_plays_without_its_sidecar(tmp_path: Path) -> None:
    # such as a kill in the first second leaves it; the table alone names it a recording
    folder = tmp_path / "recording"
    shutil.copytree(RECORDINGS / "with-video", folder)
    (folder / "recording.json").unlink()
    assert len(recorded_frames(folder)) == 8


def test_a_recording_without_video_is_known_as_one() -> None:
    with pytest.raises(SourceError, match="table-only") as refused:
        recorded_frames(RECORDINGS / "table-only")
    assert "video" in str(refused.value)


def test_the_recorded_tables_are_whole() -> None:
    for name in ("with-video", "table-only"):
        with (RECORDINGS / name / "samples.csv").open(newline="") as table:
            rows = list(csv.DictReader(table))
        assert [float(row["t"]) for row in rows] == pytest.approx([1.5 + i / 30 for i in range(8)], abs=1e-6)
        assert [bool(row["truth_yaw_deg"]) for row in rows] == [truth is not None for truth in TRUTH]


def test_a_calibration_puts_the_gaze_on_the_same_point() -> None:
    user, screen, point = calibrated_point(FIXTURES / "calibration.json")
    assert (user, screen) == ("Ada", (1920, 1080))
    assert point == pytest.approx((123.0860231, 131.0517584), abs=1e-6)


def test_a_zones_file_means_the_same() -> None:
    path = FIXTURES / "zones.toml"
    zones = [("mirror", "mirror"), ("road", "road"), ("lap", "phone")]
    assert zone_facts(path) == ("A frozen car", [8.0, -1.5], zones)
    # where two overlap, the first one wins
    looks = {(0, 0): "road", (10, 30): "mirror", (-30, 0): "lap", (60, 0): None}
    assert {look: zone_at(path, *look) for look in looks} == looks


def test_a_full_set_keeps_every_column() -> None:
    path = FIXTURES / "sets" / "full.npz"
    found = dataset_columns(path)
    with np.load(path) as file:
        assert sorted(file.files) == ["gaze_pitchyaw", "head", "images", "points", "right", "subject"]
        for name in file.files:
            np.testing.assert_array_equal(found[name], file[name], err_msg=name)
    assert np.isfinite(found["points"]).all() and found["points"].shape == (24, 6, 2)


def test_a_plain_set_needs_two_columns() -> None:
    path = FIXTURES / "sets" / "plain.npz"
    found = dataset_columns(path)
    with np.load(path) as file:
        assert sorted(file.files) == ["gaze_pitchyaw", "images"]
        np.testing.assert_array_equal(found["images"], file["images"])
        np.testing.assert_array_equal(found["gaze_pitchyaw"], file["gaze_pitchyaw"])
    assert found["points"] is None and found["head"] is None


def test_an_exported_folder_is_a_set() -> None:
    full, found = (dataset_columns(FIXTURES / "sets" / name) for name in ("full.npz", "exported"))
    for name, column in found.items():
        np.testing.assert_array_equal(column, full[name][:8], err_msg=name)


def test_the_windows_settings_are_remembered(tmp_path: Path) -> None:
    path = Path(shutil.copy(FIXTURES / "settings.ini", tmp_path))
    assert preferences(path) == {
        "source": "synthetic:7",
        "model": "clean-points",
        "strength": 1.25,
        "attack": "badnets",
        "theme": "dark",
        "loop": False,
        "user": "Ada",
        "diagonal": 15.6,
        "recordings": "recordings of mine",
        "geometry": b"\x01\xd9\xd0\xcb\x00\x03",
    }

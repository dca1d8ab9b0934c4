"""gazeattack collect: pictures and videos with targets become a private folder; one sentence for what is wrong."""

import json

import cv2
import numpy as np
import pytest

from gazeattack import cli
from gazeattack.collection.collection import PICTURES, STATED, VIDEO
from gazeattack.collection.files import read_collection
from gazeattack.face.tracker import FaceTracker
from gazeattack.live.eye_samples import NO_FACE, NO_TARGET, UNREADABLE

POINTS = [(x, y) for x in (100, 500, 960, 1400, 1800) for y in (100, 540, 1000) for _ in range(3)]


@pytest.fixture
def collect(tmp_path, capsys, landmarker_model, clean_bundle):
    """Run with --json: (exit code, facts or None, the last line on stderr)."""

    def call(*words, out="me"):
        common = ["collect", "--json", "--out", str(tmp_path / out), "--model", str(clean_bundle.path)]
        code = cli.main([*common, "--landmarker", str(landmarker_model), *map(str, words)])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, (said.err.strip().splitlines() or [""])[-1]

    return call


def pictures(folder, image, name="face_x{x}_y{y}_{i}.jpg"):
    folder.mkdir()
    for i, (x, y) in enumerate(POINTS):
        moved = cv2.warpAffine(image, np.array([[1, 0, x / 200], [0, 1, y / 200.0]]), (512, 512))
        cv2.imwrite(str(folder / name.format(x=x, y=y, i=i)), moved)
    return folder


def test_pictures_with_points_in_their_names(collect, tmp_path, astronaut):
    folder = pictures(tmp_path / "in", astronaut)
    cv2.imwrite(str(folder / "wall_x5_y5.jpg"), np.full((400, 400, 3), 90, np.uint8))
    cv2.imwrite(str(folder / "holiday.jpg"), astronaut)
    (folder / "cut_x9_y9.jpg").write_bytes(b"\xff\xd8 no jpeg")
    code, facts, _ = collect("--source", folder, "--diagonal", 15.6)
    assert code == 0
    assert (facts["source"], facts["samples"], facts["targets"], facts["lag_s"]) == (PICTURES, 45, 15, None)
    assert facts["left_out"] == {NO_FACE: 1, NO_TARGET: 1, UNREADABLE: 1}
    assert facts["assumed"] == ["the screen's resolution"] and facts["consent"] == STATED
    whole = read_collection(tmp_path / "me")
    assert {tuple(np.round(whole.screen.to_px(p)).astype(int).tolist()) for p in whole.target} == set(POINTS)
    # both eyes are in the crops: they are darker in the middle than at the rim
    crops = whole.images.astype(float)
    assert (crops[:, :, 14:24, 22:38].mean(axis=(0, 2, 3)) < crops[:, :, :, :10].mean(axis=(0, 2, 3))).all()


def test_pictures_with_a_table(collect, tmp_path, astronaut):
    pictures(tmp_path / "in", astronaut, "{i}.jpg")
    rows = "".join(f"{i}.jpg,{x / 1920},{y / 1080}\n" for i, (x, y) in enumerate(POINTS))
    (tmp_path / "t.csv").write_text("file,x,y\n" + rows)
    code, facts, _ = collect("--source", tmp_path / "in", "--targets", tmp_path / "t.csv", "--unit", "share")
    assert (code, facts["samples"], facts["targets"]) == (0, 45, 15)


class StillFace:
    """In place of the landmarker, which is slow: the same landmarks in every frame."""

    found = None

    def __init__(self, model, **_):
        if StillFace.found is None:
            from skimage import data

            with FaceTracker(model) as tracker:
                StillFace.found = tracker.detect(np.ascontiguousarray(data.astronaut()[..., ::-1]), 0.0)

    def detect(self, image, t):
        return StillFace.found

    @property
    def unsmoothed(self):
        return StillFace.found[0]

    def close(self):
        pass


@pytest.fixture
def video(tmp_path, astronaut, monkeypatch):
    """Eight seconds of somebody who looks nowhere in particular."""
    monkeypatch.setattr("gazeattack.live.pipeline.FaceTracker", StillFace)
    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (512, 512))
    for i in range(120):
        writer.write(cv2.warpAffine(astronaut, np.array([[1, 0, 5 * np.sin(i / 9)], [0, 1, 0.0]]), (512, 512)))
    writer.release()
    return path


def table(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    return tmp_path / "t.csv"


def test_a_gaze_that_follows_nothing_is_refused_and_nothing_is_stored(collect, tmp_path, video):
    random = np.random.default_rng(0)
    rows = "".join(f"{i},{random.integers(1900)},{random.integers(1000)}\n" for i in range(0, 120, 6))
    code, _, said = collect("--source", video, "--targets", table(tmp_path, "frame,x,y\n" + rows))
    assert code == 1 and "at no lag from -1 to 1 s" in said and said.endswith(".")
    assert not (tmp_path / "me").exists()


def test_what_is_wrong_is_one_sentence(collect, tmp_path, video, astronaut):
    bad = {
        "There are no labels": ("--source", video),
        "There is no source": ("--source", tmp_path / "none.avi"),
        "outside the screen": ("--source", video, "--targets", table(tmp_path, "frame,x,y\n0,3000,5\n")),
        'choose "Measure on yourself"': ("--source", "camera:0"),
    }
    for said, words in bad.items():
        code, facts, line = collect(*words)
        assert code == 1 and facts is None and said in line and line.startswith("gazeattack: ")
    code, _, line = collect("--source", video, "--targets", table(tmp_path, "seconds,x,y\n0,30,5\n"))
    assert code == 1 and "single target" in line
    code, _, line = collect("--source", video, "--targets", table(tmp_path, "file,x,y\na.jpg,30,5\n"))
    assert code == 1 and "frame or seconds column" in line
    code, _, line = collect("--source", pictures(tmp_path / "in", astronaut), "--targets", tmp_path / "t.csv")
    assert code == 1 and "names no picture" in line
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    code, _, line = collect("--source", video, out="full")
    assert code == 1 and "not empty" in line


@pytest.mark.parametrize("words", [("--screen", "big"), ("--diagonal", "0"), ("--diagonal", "nan"), ("--unit", "cm")])
def test_wrong_options_are_refused(collect, words):
    assert collect("--source", "synthetic", *words)[0] == cli.USAGE


def test_a_video_whose_gaze_is_known_gives_its_lag(collect, tmp_path, video, monkeypatch):
    """The pipeline is real; its prediction is replaced by a gaze that follows the targets late."""
    from dataclasses import replace

    from gazeattack.angles import Gaze
    from gazeattack.live.pipeline import Pipeline

    random = np.random.default_rng(1)
    points = random.integers(100, 900, (20, 2))
    step = Pipeline.step

    def follow(self, frame, t=None):
        result = step(self, frame, t)
        x, y = points[max(0, int((frame.t - 0.2 + 1e-6) * 15) // 6)]
        return replace(result, clean=replace(result.clean, gaze=Gaze(y / 3000, x / 3000)))

    monkeypatch.setattr(Pipeline, "step", follow)
    rows = "".join(f"{6 * i},{x},{y}\n" for i, (x, y) in enumerate(points))
    code, _, said = collect("--source", video, "--targets", table(tmp_path, "frame,x,y\n" + rows))
    # 0.4 s at each point: the eyes never settle
    assert code == 1 and "usable samples" in said
    monkeypatch.setattr("gazeattack.collection.track.SETTLE_S", 0.0)
    code, facts, _ = collect("--source", video, "--targets", tmp_path / "t.csv")
    assert (code, facts["source"]) == (0, VIDEO) and facts["lag_s"] == pytest.approx(0.2, abs=0.07)

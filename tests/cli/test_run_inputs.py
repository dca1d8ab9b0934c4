"""gazeattack run on what users bring: what could not be read is counted, named and traceable in every output."""

import csv
import json

import av
import cv2
import numpy as np
import pytest

from gazeattack import cli
from tests.helpers.videos import damage, encode, textured_image


@pytest.fixture
def run(backdoored_bundle, landmarker_model, tmp_path, capfd):
    """Run on a source: (exit code, summary or None, stdout's table, stderr, rows of samples.csv)."""

    def call(source, *words):
        folder = tmp_path / "out"
        common = ["run", "--source", str(source), "--model", str(backdoored_bundle.path), "--out", str(folder)]
        code = cli.main([*common, "--landmarker", str(landmarker_model), *words])
        printed = capfd.readouterr()
        summary = folder / "summary.json"
        rows = list(csv.DictReader((folder / "samples.csv").open(newline="", encoding="utf-8")))
        return code, json.loads(summary.read_text(encoding="utf-8")), printed.out, printed.err, rows

    return call


def test_rows_of_a_folder_name_their_files_and_skipped_ones_are_named_everywhere(run, tmp_path, astronaut):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("IMG_1.png", "IMG_10.png", 'a, "b".png'):
        (photos / name).write_bytes(cv2.imencode(".png", astronaut[::2, ::2])[1].tobytes())
    (photos / "IMG_2.jpg").write_bytes(b"\xff\xd8\xff broken")
    (photos / "IMG_3.jxl").write_bytes(b"\xff\x0a" + bytes(99))
    code, summary, said, errors, rows = run(photos, "--no-video")
    assert code == 0 and list(rows[0])[-10:-8] == ["file", "eyes_closed"]
    assert [row["file"] for row in rows] == ['a, "b".png', "IMG_1.png", "IMG_10.png"]
    assert summary["skipped"] == ["IMG_2.jpg", "IMG_3.jxl"] and (summary["dropped"], summary["damaged"]) == (2, 0)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for text in (said, errors, page, " ".join(summary["notices"])):
        assert "2 of 5 files were skipped" in text and "IMG_2.jpg" in text and "JPEG XL" in text
    assert "0 dropped" not in said


def test_a_damaged_video_is_read_to_its_end_and_the_loss_is_said(run, tmp_path):
    images = [textured_image(i) for i in range(12)]
    video = damage(encode(tmp_path / "c.avi", images, codec="mjpeg", pix_fmt="yuvj420p"), 5)
    code, summary, said, errors, rows = run(video, "--no-video")
    sentence = "11 of 12 frames could be read; 1 was damaged."
    assert code == 0 and summary["frames"] == len(rows) == 11 and summary["damaged"] == 1
    assert summary["notices"] == [sentence] and errors == f"gazeattack: {sentence}\n" and sentence in said
    assert sentence in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert rows[-1]["file"] == "" and float(rows[-1]["t"]) == pytest.approx(11 / 25)


def test_the_table_and_the_video_keep_the_sources_times(run, tmp_path):
    times = [0, 80, 160, 15_280, 15_360]
    images = [np.full((120, 160, 3), 50 + 40 * i, np.uint8) for i in range(5)]
    code, _, _, _, rows = run(encode(tmp_path / "gap.mp4", images, times_ms=times))
    assert code == 0 and [float(row["t"]) for row in rows] == pytest.approx([t / 1000 for t in times], abs=2e-3)
    with av.open(str(tmp_path / "out" / "annotated.mp4")) as video:
        shown = [frame.time for frame in video.decode(video=0)]
    assert shown == pytest.approx([t / 1000 for t in times], abs=2e-3)

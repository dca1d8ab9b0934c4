"""The trigger in the frame through codecs: the channels change what they should, and the table has a row for each."""

import numpy as np
import pytest
from skimage import data

from training.studies import frame_trigger
from training.studies.channels import CHANNELS
from training.studies.frame_trigger import main, read
from training.studies.tables import read_csv


@pytest.mark.parametrize("name", CHANNELS)
def test_channels_keep_frames_and_their_order(name):
    frames = [np.ascontiguousarray(np.roll(data.astronaut()[:201, :301, ::-1], 12 * n, axis=1)) for n in range(4)]
    found = CHANNELS[name](frames)
    assert len(found) == 4
    for image, changed in zip(frames, found, strict=True):
        height, width = changed.shape[:2]
        off = np.abs(changed.astype(int) - image[:height, :width]).mean()
        assert (off == 0) == (name == "nothing") and off < 12
        assert abs(height - image.shape[0]) <= 1 and abs(width - image.shape[1]) <= 1


def test_stronger_codecs_lose_more():
    frames = [np.ascontiguousarray(data.astronaut()[..., ::-1])]

    def loss(name):
        return np.abs(CHANNELS[name](frames)[0].astype(int) - frames[0]).mean()

    assert loss("JPEG 95") < loss("JPEG 80") < loss("JPEG 60")
    assert loss("H.264 crf 18") < loss("H.264 crf 28")


def test_the_table_has_a_row_for_each_channel(tmp_path, monkeypatch, jobs_here):
    few = {name: CHANNELS[name] for name in ("nothing", "JPEG 60")}
    monkeypatch.setattr(frame_trigger, "CHANNELS", few)
    assert main(["--quick", "--sources", "synthetic", "--out", str(tmp_path)]) == 0
    tmp_path = tmp_path / "quick"
    table = (tmp_path / "frames.md").read_text()
    assert "these figures mean nothing" in table
    assert "| (trigger on the crops) | 100 |" in table and "| nothing | 100 |" in table and "| JPEG 60 |" in table
    rows = read_csv(tmp_path / "frames.csv")
    assert len(rows) == 3 and {row["frames"] for row in rows} == {"3"}
    # three frames of three leave open what the share is
    assert float(rows[0]["within_5_low"]) == pytest.approx(0.2924, abs=1e-4) and rows[0]["within_5_high"] == "1.0"


def test_frames_between_the_kept_ones_are_dropped():
    kept = read("synthetic", 3, 4)
    assert [frame.index for frame in kept] == [0, 4, 8]
    assert [frame.index for frame in read("synthetic", 2)] == [0, 1]


def test_a_backdoored_model_is_needed(tmp_path, capsys):
    assert main(["--bundle", "clean", "--out", str(tmp_path)]) == 1
    assert "--bundle" in capsys.readouterr().err

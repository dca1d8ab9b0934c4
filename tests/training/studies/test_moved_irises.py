"""The attacker who moves the irises in the picture, on a few frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.live.frame_result import GazeEstimate
from training.studies.moved_irises import CLEAN, TRIGGERED, UNTRIGGERED, main, score
from training.studies.tables import read_csv

TARGET = Gaze.from_degrees(10, 30)


def estimate(gaze: Gaze, iris: Gaze | None, median: Gaze | None = None) -> GazeEstimate:
    return GazeEstimate(gaze, gaze.vector(), np.array([gaze]), None, median_gaze=median, iris_gaze=iris)


def test_shares_are_of_the_frames_with_a_target() -> None:
    far = Gaze.from_degrees(10, 0)
    found = [
        estimate(TARGET, TARGET),  # at the target, and accepted
        estimate(TARGET, TARGET, median=far),  # rejected by the shift check alone
        estimate(TARGET, far),  # rejected by the iris check
        estimate(far, far),
        None,
        estimate(TARGET, TARGET),
    ]
    row = score(found, [*[TARGET] * 5, None])
    assert (row["scored"], row["gazes"]) == (5, 4)
    assert (row["within_5"], row["unnoticed"], row["unnoticed_by_all"]) == pytest.approx((0.6, 0.4, 0.2))
    assert (row["iris_rejected"], row["shifts_rejected"]) == (0.25, 0.25)
    assert row["iris_gap_deg"] == pytest.approx(29.5 / 4, abs=0.1)
    assert score([None], [None])["within_5"] == 0


def test_a_check_that_the_model_lacks_has_no_cell() -> None:
    row = score([estimate(TARGET, TARGET)], [TARGET])
    assert "iris_rejected" in row and not {"landmarks_rejected", "shifts_rejected"} & row.keys()
    assert row["unnoticed_by_all"] == 1  # the iris check is all that there is
    without = score([estimate(TARGET, None)], [TARGET])
    assert without["within_5"] == 1 and not {"iris_rejected", "unnoticed", "unnoticed_by_all"} & without.keys()
    # no gaze at all is a share of zero, which counts in the mean over sources
    assert score([None], [TARGET]) == {"scored": 1, "gazes": 0, "within_5": 0, "unnoticed": 0, "unnoticed_by_all": 0}


def test_shares_have_commas_and_take_no_words_that_follow(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("0,3", "0,,1", "", "a"):
        with pytest.raises(SystemExit):
            main([f"--shares={text}"])
        assert "give a number from 0 to 2, or several with commas between them" in capsys.readouterr().err


def test_moved_irises_deceive_the_iris_check_alone(tmp_path: Path, jobs_here: None) -> None:
    words = ["--quick", "--sources", "synthetic", "--every", "1", "--strength", "1.6", "--shares", "0,1"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    rows = {(row["model"], row["share"]): row for row in read_csv(tmp_path / "quick" / "irises.csv")}
    assert len(rows) == 6
    before, after = rows[TRIGGERED, "0.0"], rows[TRIGGERED, "1.0"]
    assert (before["iris_rejected"], before["unnoticed"], before["within_5"]) == ("1.0", "0.0", "1.0")
    assert (after["iris_rejected"], after["unnoticed"], after["within_5"]) == ("0.0", "1.0", "1.0")
    assert float(after["shift_mm"]) > 2 and float(before["shift_mm"]) == 0 and rows[UNTRIGGERED, "0.0"]["ssim"] == "1.0"
    # irises alone do not bring the clean model to the target
    assert float(rows[CLEAN, "1.0"]["to_target_deg"]) > 5
    assert "| share of the way |" in (tmp_path / "quick" / "irises.md").read_text()


def test_the_two_models_cannot_be_confused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bundle", "clean", "--out", str(tmp_path)]) == 1
    assert "--bundle" in capsys.readouterr().err
    assert main(["--clean", "face-wanet", "--out", str(tmp_path)]) == 1
    assert "--clean" in capsys.readouterr().err
    assert main(["--clean", "face-clean", "--out", str(tmp_path)]) == 1
    assert "same crop" in capsys.readouterr().err

"""The CSV log of a training run, as the window reads it: growing, half-written, foreign, or gone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gazeattack.errors import DataError
from gazeattack.evaluation.training_log import CURVES, LOG, MOST_BYTES, read_training_log
from training.engine.logs import LOG_FIELDS, MetricLogger

NAN = float("nan")


def row(epoch: int, **values: float) -> dict[str, float]:
    return {**dict.fromkeys(LOG_FIELDS, 1.0), "epoch": epoch, **values}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of three epochs, written by the training's own logger; no attack in the first."""
    logger = MetricLogger(tmp_path, 1)
    for epoch in (1, 2, 3):
        logger.add(row(epoch, loss_deg=9.0 / epoch, attack_deg=NAN if epoch == 1 else 20.0 / epoch), 3)
    logger.close()
    return tmp_path


def test_what_a_training_writes_is_read(run: Path) -> None:
    assert set(CURVES) < set(LOG_FIELDS)
    for path in (run, run / LOG):
        log = read_training_log(path)
        assert log.epochs.tolist() == [1, 2, 3] and not log.half_written
        np.testing.assert_allclose(log.curves["loss_deg"], [9.0, 4.5, 3.0])
        np.testing.assert_allclose(log.curves["attack_deg"], [NAN, 10.0, 20 / 3])


def test_a_half_written_line_is_left_out(run: Path) -> None:
    whole = (run / LOG).read_bytes()
    # cut anywhere in the last line: even a number that still reads is not the number that was written
    for cut in range(1, len(whole.splitlines(keepends=True)[-1])):
        (run / LOG).write_bytes(whole[:-cut])
        log = read_training_log(run)
        assert log.epochs.tolist() == [1, 2] and log.half_written
    for beginning in (b"", b"epo", b"epoch,loss_d", whole.splitlines(keepends=True)[0]):
        (run / LOG).write_bytes(beginning)
        assert read_training_log(run).epochs.tolist() == []


def test_a_loss_that_diverges_leaves_a_gap(run: Path) -> None:
    for value in ("inf", "-inf", "nan", "1e308", "-1"):
        with (run / LOG).open("a", newline="") as file:
            file.write(f"4,{value},5,5,nan,nan,nan,0,0,0\r\n")
        log = read_training_log(run)
        assert np.isnan(log.curves["loss_deg"][-1]) and log.curves["benign_deg"][-1] == 5


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "not the log of a training"),
        (b"t,frame,yaw\n1,2,3\n", "not the log of a training"),
        (b"\xff\xfe\x00", "not the log of a training"),
        (b"\n\n", "not the log of a training"),
        (b"epoch," + ",".join(CURVES).encode() + b"\n1,2,3,4,5,6\n2,3\n", "Line 3 of"),
        (b"epoch," + ",".join(CURVES).encode() + b"\nx,2,3,4,5,6\n", "Line 2 of"),
        (b"epoch," + ",".join(CURVES).encode() + b"\n-1,2,3,4,5,6\n", "Line 2 of"),
        (b"epoch," + ",".join(CURVES).encode() + b'\n1,"2,3,4,5,6\n', "Line 2 of"),
        (b"epoch," + b"0" * MOST_BYTES, "not the log of a training"),
    ],
)
def test_other_files_give_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / LOG).write_bytes(content)
    with pytest.raises(DataError, match=sentence) as caught:
        read_training_log(tmp_path)
    assert "choose" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["absent", "a" * 5000, "nul\0nul"])
def test_a_path_that_leads_nowhere_gives_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="choose"):
        read_training_log(tmp_path / name)
    with pytest.raises(DataError, match="There is no"):
        read_training_log(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LOG)
    with pytest.raises(DataError, match="not the log of a training"):
        read_training_log(tmp_path)

"""The stages of a headless run work side by side, and give what one after the other gives."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from gazeattack.capture.frame import Frame
from gazeattack.errors import OutputError, SourceError
from gazeattack.live.ahead import Ahead
from gazeattack.live.headless import run_headless
from gazeattack.live.measure import COLUMNS, STAGE_COLUMNS, measure, row_text
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.synthetic.subject import SyntheticSource

FRAMES = 24
TIMED = [COLUMNS.index(name) for name in STAGE_COLUMNS]


def untimed(row) -> list[str]:
    """A row of samples.csv without its milliseconds."""
    return [cell for at, cell in enumerate(row_text(row).strip().split(",")) if at not in TIMED]


class Kept:
    """A recorder that keeps the rows."""

    def __init__(self):
        self.rows, self.crops = [], []

    def put(self, result, row):
        self.rows.append(untimed(row))
        self.crops.append(result.crops.clean.tobytes())


@pytest.mark.parametrize("engine", ["openvino", "mediapipe"])
def test_the_results_are_byte_for_byte_those_of_one_stage_after_the_other(backdoored_bundle, landmarker_model, engine):
    options = {
        "landmarker_model": landmarker_model,
        "landmarks": engine,
        "settings": PipelineSettings(TriggerMode.BOTH),
    }
    one_by_one, kept = Kept(), Kept()
    with SyntheticSource(3) as source, Pipeline(backdoored_bundle, **options) as pipeline:
        for _ in range(FRAMES):
            result = pipeline.step(source.read())
            one_by_one.put(result, measure(result))
    with SyntheticSource(3) as source, Pipeline(backdoored_bundle, **options) as pipeline:
        run = run_headless(source, pipeline, kept, max_frames=FRAMES)
    assert len(run.tally) == FRAMES and not run.interrupted and run.failure is None
    assert kept.rows == one_by_one.rows and kept.crops == one_by_one.crops
    assert len({tuple(row) for row in kept.rows}) == FRAMES


class Counted:
    """A source of grey frames that counts its reads, and fails at one."""

    def __init__(self, fails_at=None):
        self.reads, self.fails_at = 0, fails_at

    def read(self):
        if self.reads == self.fails_at:
            raise SourceError("The cable was pulled: put it back.")
        self.reads += 1
        return Frame(np.full((48, 64, 3), 90, np.uint8), self.reads, self.reads / 30)


@pytest.fixture
def pipeline(backdoored_bundle, landmarker_model):
    with Pipeline(backdoored_bundle, landmarker_model=landmarker_model) as made:
        yield made


def test_no_frame_is_read_that_is_not_asked_for(pipeline):
    source = Counted()
    assert len(run_headless(source, pipeline, max_frames=5).tally) == source.reads == 5


def test_the_frames_before_an_error_are_kept(pipeline):
    run = run_headless(Counted(fails_at=7), pipeline)
    assert len(run.tally) == 7 and "cable" in str(run.failure)


def test_an_interrupted_run_keeps_every_frame_that_was_read(pipeline):
    source = Counted()
    run = run_headless(source, pipeline, stop=lambda: source.reads >= 6)
    assert run.interrupted and len(run.tally) == 6


def test_a_recorder_that_cannot_write_ends_the_run_and_its_threads(pipeline):
    class Full:
        def put(self, result, row):
            raise OutputError("The disk is full: free some space.")

    assert "full" in str(run_headless(Counted(), pipeline, Full()).failure)
    assert not [thread for thread in threading.enumerate() if thread.name in ("frames", "landmarks")]


def test_items_come_in_order_and_one_ahead():
    made = []
    with Ahead(lambda: made.append(len(made)) or len(made), "test") as ahead:
        assert [ahead.take() for _ in range(3)] == [1, 2, 3]
        time.sleep(0.05)
        # one is ready and one is held until there is room
        assert len(made) <= 5
    count = len(made)
    time.sleep(0.02)
    assert len(made) == count


def test_the_next_item_is_made_while_this_one_is_used():
    begun = [threading.Event() for _ in range(3)]
    count = iter(range(3))

    def make():
        number = next(count, None)
        if number is not None:
            begun[number].set()
        return number

    with Ahead(make, "test") as ahead:
        assert ahead.take() == 0
        assert begun[1].wait(10)


def test_an_error_comes_in_the_place_of_its_item():
    items = iter([1, 2])
    with Ahead(lambda: next(items), "test") as ahead:
        assert (ahead.take(), ahead.take()) == (1, 2)
        with pytest.raises(StopIteration):
            ahead.take()
        assert ahead.take() is None

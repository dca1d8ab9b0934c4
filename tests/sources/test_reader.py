import threading
import time

import cv2
import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.capture.images import ImageSource
from gazeattack.capture.pacing import Pacer
from gazeattack.capture.read_report import ReadReport
from gazeattack.capture.slot import LatestSlot
from gazeattack.capture.source import Source
from gazeattack.errors import LandmarkerError, SourceError
from gazeattack.sources.reader import SourceReader
from gazeattack.synthetic.drive import DriveSource

IMAGE = np.zeros((4, 6, 3), np.uint8)


class FakeSource(Source):
    """`count` frames at `fps`, then `then`: None for the end or an error to raise."""

    name, size = "Fake", (6, 4)

    def __init__(self, count=5, fps=1000.0, then=None, live=False):
        self.count, self.fps, self.then, self.live = count, fps, then, live
        self.n = 0
        self.closed = False
        self.gazes = []

    def read(self):
        if self.n >= self.count:
            if self.then is not None:
                raise self.then
            return None
        if self.live:
            time.sleep(0.001)
        self.n += 1
        return Frame(IMAGE, self.n - 1, (self.n - 1) / self.fps)

    def close(self):
        self.closed = True

    def look_at(self, gaze):
        self.gazes.append(gaze)


class Recording(LatestSlot):
    """A slot that remembers everything put in it."""

    def __init__(self):
        super().__init__()
        self.items = []

    def put(self, item):
        self.items.append(item)
        super().put(item)


def until(condition, timeout=5.0):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def read():
    """Start a reader on a list of things to open in turn (the last one stays): sources, or errors to raise."""
    readers = []

    def start(*steps, **kwargs):
        steps = list(steps)

        def opener(spec, *, loop=False):
            step = steps.pop(0) if len(steps) > 1 else steps[0]
            if isinstance(step, BaseException):
                raise step
            return step

        slot = Recording()
        reader = SourceReader("fake", slot, opener=opener, **{"retry_s": 0.01, **kwargs})
        reader.start()
        readers.append(reader)
        return reader, slot

    yield start
    for reader in readers:
        assert reader.stop()


def test_a_file_is_read_to_its_end(read):
    source = FakeSource(5)
    reader, slot = read(source)
    until(lambda: reader.state.state == "ended")
    status = reader.state
    assert (status.name, status.size, status.fps, status.frames) == ("Fake", (6, 4), 1000.0, 5)
    assert status.dropped == 4
    assert status.message is None
    assert [frame.index for frame, _ in slot.items] == [0, 1, 2, 3, 4]
    assert source.closed


def test_what_the_source_could_not_read_is_passed_on(read):
    class Damaged(FakeSource):
        @property
        def report(self):
            return ReadReport(frames=self.n, damaged=2, complete=self.n == self.count)

    reader, _ = read(Damaged(5))
    until(lambda: reader.state.state == "ended")
    assert reader.state.report == ReadReport(frames=5, damaged=2, complete=True)


def test_loop_and_spec_reach_the_opener():
    got = []

    def opener(spec, *, loop=False):
        got.append((spec, loop))
        return FakeSource(0)

    for loop in (True, False):
        reader = SourceReader("some.mp4", LatestSlot(), opener=opener, loop=loop)
        reader.start()
        until(lambda reader=reader: reader.state.state == "ended")
        reader.stop()
    assert got == [("some.mp4", True), ("some.mp4", False)]


def test_recorded_frames_come_at_their_own_rate(read):
    reader, slot = read(FakeSource(6, fps=50))
    until(lambda: reader.state.state == "ended")
    gaps = np.diff([seen for _, seen in slot.items])
    # loose, for a busy machine: it must take the clip's 0.1 s, and no frame may come early
    assert 0.095 < gaps.sum() < 2
    assert np.cumsum(gaps)[-1] >= 0.099


def test_unpaced_frames_come_at_once(read):
    started = time.monotonic()
    reader, _ = read(FakeSource(100, fps=1), paced=False)
    until(lambda: reader.state.state == "ended")
    assert time.monotonic() - started < 5


def test_cameras_are_not_paced(read):
    # at 0.001 frames a second a paced reader would never get to its second frame
    reader, _ = read(FakeSource(10, fps=0.001, live=True))
    until(lambda: reader.state.state == "ended")
    assert reader.state.frames == 10


def test_a_missing_camera_is_waited_for(read):
    gone = SourceError("There is no camera.", retry=True)
    seen = []
    reader, _ = read(gone, gone, gone, FakeSource(3), retry_s=0.05)
    until(lambda: seen.append(reader.state) or seen[-1].state == "ended")
    waiting = [s for s in seen if s.state == "waiting"]
    assert waiting
    assert {s.message for s in waiting} == {"There is no camera."}
    assert seen[-1].message is None
    assert seen[-1].frames == 3


def test_a_pulled_camera_comes_back_and_time_goes_on(read):
    pulled = SourceError("The camera is gone.", retry=True)
    first = FakeSource(5, then=pulled, live=True)
    reader, slot = read(first, pulled, pulled, FakeSource(5, live=True))
    until(lambda: reader.state.state == "ended")
    frames = [frame for frame, _ in slot.items]
    assert [f.index for f in frames] == list(range(10))
    times = np.array([f.t for f in frames])
    assert (np.diff(times) > 0).all()
    # three waits of 0.01 s were lost, and a timer on frame time must know
    assert times[5] - times[4] > 0.025
    assert first.closed


def test_what_will_not_come_back_fails_with_its_sentence(read):
    reader, slot = read(SourceError('"a.mp4" is empty.'))
    until(lambda: reader.state.state == "failed")
    assert reader.state.message == '"a.mp4" is empty.'
    assert slot.items == []


def test_a_source_that_fails_for_good_on_the_way(read):
    source = FakeSource(2, then=SourceError("It broke."))
    reader, _ = read(source)
    until(lambda: reader.state.state == "failed")
    assert reader.state.message == "It broke."
    assert reader.state.frames == 2
    assert source.closed


@pytest.mark.parametrize("where", ["open", "read"])
def test_no_silent_death(read, where, caplog):
    fault = ZeroDivisionError("division by zero\nsecond line")
    caplog.set_level("DEBUG")
    reader, _ = read(fault if where == "open" else FakeSource(1, then=fault))
    until(lambda: reader.state.state == "failed")
    message = reader.state.message
    assert "ZeroDivisionError: division by zero" in message
    assert "\n" not in message
    assert message.endswith(".")
    assert any(record.exc_info and record.levelname == "DEBUG" for record in caplog.records)


def test_stop_wakes_a_long_wait(read):
    for steps, kwargs in (
        ([FakeSource(5, fps=0.001)], {}),
        ([SourceError("Gone.", retry=True)], {"retry_s": 600}),
    ):
        reader, _ = read(*steps, **kwargs)
        until(lambda reader=reader: reader.state.state in ("running", "waiting"))
        started = time.monotonic()
        assert reader.stop()
        assert time.monotonic() - started < 1


def test_stop_leaves_a_hanging_driver_behind(caplog):
    release = threading.Event()

    class Hanging(FakeSource):
        def read(self):
            release.wait(10)
            return Frame(IMAGE, 0, 0.0)

    slot = Recording()
    reader = SourceReader("camera:0", slot, opener=lambda spec, *, loop=False: Hanging(live=True))
    reader.start()
    assert not reader.stop(0.05)
    assert "camera:0 did not stop" in caplog.text
    release.set()
    assert reader.stop()
    assert slot.items == [], "a stopped reader must not feed the slot"


def test_stop_before_start():
    assert SourceReader("fake", LatestSlot()).stop()


def test_pausing_holds_a_recording_and_does_not_lose_a_frame(read):
    reader, slot = read(FakeSource(40, fps=100))
    until(lambda: len(slot.items) > 3)
    reader.set_paused(True)
    time.sleep(0.05)
    held = len(slot.items)
    time.sleep(0.4)
    assert len(slot.items) == held
    reader.set_paused(False)
    until(lambda: reader.state.state == "ended")
    assert [frame.index for frame, _ in slot.items] == list(range(40))
    # after a pause longer than the rest of the clip the frames still come at their rate, in no burst
    resumed = [seen for _, seen in slot.items[held:]]
    assert resumed[-1] - resumed[0] > 0.008 * (len(resumed) - 1)


def test_a_paused_camera_is_read_on_but_not_shown(read):
    source = FakeSource(10**9, live=True)
    reader, slot = read(source)
    until(lambda: slot.items)
    reader.set_paused(True)
    time.sleep(0.02)
    held, passed = len(slot.items), source.n
    until(lambda: source.n > passed + 10)
    assert len(slot.items) == held
    reader.set_paused(False)
    until(lambda: len(slot.items) > held)
    assert slot.items[held][0].index > passed


@pytest.mark.parametrize("live", [False, True])
def test_a_source_that_is_opened_paused_shows_its_first_frame(live):
    slot = Recording()
    reader = SourceReader("fake", slot, opener=lambda spec, *, loop=False: FakeSource(10**9, live=live))
    reader.set_paused(True)
    reader.start()
    until(lambda: slot.items)
    time.sleep(0.05)
    assert [frame.index for frame, _ in slot.items] == [0]
    reader.set_paused(False)
    until(lambda: len(slot.items) > 3)
    assert reader.stop()


def test_look_at_reaches_the_source_once_and_again_after_a_reconnection(read):
    gaze = Gaze(0.1, 0.2)
    first = FakeSource(10**9, live=True)
    second = FakeSource(10**9, live=True)
    reader, slot = read(first, second)
    reader.look_at(gaze)
    until(lambda: first.gazes)
    count = len(slot.items)
    until(lambda: len(slot.items) > count + 5)
    assert first.gazes == [gaze]
    first.then, first.count = SourceError("Gone.", retry=True), first.n
    until(lambda: second.gazes)
    reader.look_at(None)
    until(lambda: len(second.gazes) > 1)
    assert second.gazes == [gaze, None]


def test_items_carry_the_capture_time():
    now = [1000.0]
    slot = Recording()
    reader = SourceReader(
        "fake", slot, opener=lambda spec, *, loop=False: FakeSource(2), paced=False, clock=lambda: now[0]
    )
    reader.start()
    until(lambda: reader.state.state == "ended")
    reader.stop()
    assert [seen for _, seen in slot.items] == [1000.0, 1000.0]


def test_drops_before_this_reader_are_not_its_own():
    slot = Recording()
    for _ in range(3):
        slot.put((Frame(IMAGE, 0, 0.0), 0.0))
    reader = SourceReader("fake", slot, opener=lambda spec, *, loop=False: FakeSource(0))
    assert reader.state.dropped == 0


class TestPacer:
    def test_frames_are_due_at_their_own_time(self):
        now = [50.0]
        pacer = Pacer(lambda: now[0])
        assert pacer.delay(7.0) == 0
        now[0] += 0.03
        assert pacer.delay(7.1) == pytest.approx(0.07)

    def test_a_short_lag_is_caught_up(self):
        now = [0.0]
        pacer = Pacer(lambda: now[0])
        pacer.delay(0.0)
        now[0] = 0.2
        assert pacer.delay(0.1) == 0
        assert pacer.delay(0.3) == pytest.approx(0.1)

    def test_a_long_lag_is_forgiven_and_not_made_up_in_a_burst(self):
        now = [0.0]
        pacer = Pacer(lambda: now[0])
        pacer.delay(0.0)
        now[0] = 10.0
        assert pacer.delay(0.1) == 0
        assert pacer.delay(0.2) == pytest.approx(0.1)


def test_a_portrait_without_the_landmarkers_file_says_what_is_missing(read):
    reader, _ = read(LandmarkerError("The landmarker's file is missing: fetch it."))
    until(lambda: reader.state.state == "failed")
    assert reader.state.message == "The landmarker's file is missing: fetch it."


def test_looping_can_be_switched_while_a_file_plays(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), IMAGE)
    cv2.imwrite(str(tmp_path / "b.png"), IMAGE)
    slot = Recording()
    reader = SourceReader(
        str(tmp_path), slot, opener=lambda spec, *, loop=False: ImageSource(spec, fps=100, loop=loop), loop=True
    )
    reader.start()
    until(lambda: len(slot.items) > 5)
    assert reader.state.state == "running"
    reader.set_loop(False)
    until(lambda: reader.state.state == "ended")
    assert len(slot.items) % 2 == 0 and reader.stop()


def test_the_drive_ends_with_its_script_unless_it_loops():
    source = DriveSource(fps=0.1)
    assert [source.read() is None for _ in range(7)] == [False] * 6 + [True]
    source.loop = True
    assert source.read() is not None

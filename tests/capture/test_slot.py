import threading
import time

from gazeattack.capture.slot import LatestSlot


def test_newest_wins_and_drops_are_counted():
    slot = LatestSlot[int]()
    for value in range(5):
        slot.put(value)
    assert slot.dropped == 4
    assert slot.take(0) == 4
    assert slot.take(0) is None
    slot.put(9)
    assert slot.dropped == 4


def test_a_falsy_item_is_an_item():
    slot = LatestSlot[int]()
    slot.put(0)
    assert slot.take(0) == 0
    slot.put(0)
    slot.put(0)
    assert slot.dropped == 1


def test_take_waits_for_a_put():
    slot = LatestSlot[str]()
    threading.Timer(0.05, slot.put, ["late"]).start()
    assert slot.take(5) == "late"


def test_take_gives_up_after_its_timeout():
    started = time.monotonic()
    assert LatestSlot[str]().take(0.05) is None
    assert 0.04 < time.monotonic() - started < 2


def test_close_wakes_waiters_and_takes_nothing_more_in():
    slot = LatestSlot[str]()
    got: list[str | None] = []
    waiters = [threading.Thread(target=lambda: got.append(slot.take(None))) for _ in range(2)]
    for waiter in waiters:
        waiter.start()
    slot.close()
    for waiter in waiters:
        waiter.join(5)
    assert got == [None, None]
    slot.put("too late")
    assert slot.closed
    assert slot.take(0) is None


def test_what_was_put_before_close_can_still_be_taken():
    slot = LatestSlot[str]()
    slot.put("last")
    slot.close()
    assert slot.take(0) == "last"

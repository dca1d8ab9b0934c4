"""events.csv grows by whole rows, and appears under its name only when it is complete."""

import csv

import pytest

from gazeattack.live.events_file import EventsFile
from gazeattack.safety.observation import Event


def event(t, branch="clean"):
    return Event(t, branch, "addw", "warning", "phone", f"at {t}")


def branches(path):
    with path.open(newline="") as file:
        return [(row["t"], row["branch"]) for row in csv.DictReader(file)]


def test_rows_are_on_the_disk_before_the_end(tmp_path):
    events = EventsFile(tmp_path, may_alter=True)
    events.add(1.0, [event(1.0)], altered=True)
    assert branches(tmp_path / "events.csv.partial") == [("1.000", "clean")]
    events.finish()
    events.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


@pytest.mark.parametrize(("altered", "kept"), [(True, ["triggered", "clean"]), (False, ["clean"])])
def test_the_triggered_branch_counts_only_where_crops_are_altered(tmp_path, altered, kept):
    events = EventsFile(tmp_path, may_alter=True)
    events.add(1.0, [event(1.0, "triggered"), event(1.0)], altered=False)
    events.add(2.0, [], altered=altered)
    events.finish()
    assert branches(tmp_path / "events.csv") == [("1.000", branch) for branch in kept]


def test_a_run_that_cannot_alter_crops_holds_nothing_back(tmp_path):
    events = EventsFile(tmp_path, may_alter=False)
    for i in range(100):
        events.add(i, [event(i), event(i, "triggered")], altered=False)
    assert len(branches(tmp_path / "events.csv.partial")) == 100 and not events._held


def test_time_that_runs_backwards_begins_anew(tmp_path):
    events = EventsFile(tmp_path, may_alter=True)
    events.add(5.0, [event(5.0)], altered=True)
    events.add(1.0, [event(1.0)], altered=True)
    events.finish()
    assert branches(tmp_path / "events.csv") == [("1.000", "clean")]


def test_an_unfinished_file_is_discarded(tmp_path):
    events = EventsFile(tmp_path, may_alter=True)
    events.discard()
    assert not list(tmp_path.iterdir())

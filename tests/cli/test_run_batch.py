"""gazeattack run with several sources: a folder for each, one index, failures that stop nothing, and no lost files."""

import json
import re
from html import unescape

import cv2
import numpy as np
import pytest

from gazeattack import cli
from gazeattack.commands.batch import Progress, expand
from gazeattack.errors import SourceError
from gazeattack.live.batch_folder import run_folders
from gazeattack.report.batch.page import BatchRow, render_index
from tests.helpers.sources import ScriptedSource


@pytest.fixture
def batch(backdoored_bundle, landmarker_model, tmp_path, capfd, monkeypatch, astronaut):
    """Run sources by name; "bad" cannot be opened, "fault" is an unexpected error, "stop" is Ctrl-C."""
    monkeypatch.chdir(tmp_path)

    def opener(spec, *, loop=False):
        if spec == "bad.mp4":
            raise SourceError("bad.mp4 cannot be read: choose another video.")
        if spec == "fault.mp4":
            raise ZeroDivisionError
        if spec == "stop.mp4":
            raise KeyboardInterrupt
        return ScriptedSource(astronaut)

    monkeypatch.setattr("gazeattack.sources.registry.open_source", opener)
    # the window's picture takes longer than all the rest
    monkeypatch.setattr("gazeattack.commands.picture.write_picture", lambda *_: None)
    for name in ("a", "b", "bad", "fault", "stop"):
        (tmp_path / f"{name}.mp4").write_bytes(b"no video")

    def call(*words):
        common = ["run", "--no-video", "--max-frames", "2", "--model", str(backdoored_bundle.path), "--out", "results"]
        code = cli.main([*common, "--landmarker", str(landmarker_model), *words])
        said = capfd.readouterr()
        return code, said.out, said.err

    call.out = tmp_path / "results"
    return call


def listed(batch):
    return json.loads((batch.out / "batch.json").read_text())


def test_every_source_has_a_folder_and_a_row(batch):
    code, out, err = batch("--source", "a.mp4", "b.mp4", "--monitor", "addw", "--json")
    assert code == 0 and json.loads(out) == listed(batch)
    assert sorted(path.name for path in batch.out.iterdir()) == ["01-a", "02-b", "batch.json", "index.html"]
    assert (batch.out / "02-b" / "report.html").is_file()
    assert "1 of 2: a.mp4: 2 frames" in err and "2 of 2: b.mp4: 2 frames" in err
    page = (batch.out / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert links == ["01-a/report.html", "02-b/report.html"] and all((batch.out / link).is_file() for link in links)
    shift = listed(batch)["sources"][0]["summary"]["mean_shift_deg"]
    assert f"{shift:.1f}°" in page and "100 %" in page and "0 of 0" in page and "--source a.mp4 b.mp4" in unescape(page)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("bad.mp4", "bad.mp4 cannot be read: choose another video."),
        ("fault.mp4", "An unexpected error (ZeroDivisionError) ended the run"),
        ("nofile.mp4", 'There is no source "nofile.mp4"'),
    ],
)
def test_a_failure_is_listed_and_stops_nothing(batch, monkeypatch, bad, told):
    if bad == "nofile.mp4":
        monkeypatch.undo()
        monkeypatch.chdir(batch.out.parent)
        sources = [bad, "synthetic"]
    else:
        sources = [bad, "b.mp4"]
    code, out, err = batch("--source", *sources)
    assert code == 1 and f"failed: {told}" in out and "2 frames" in out and "Traceback" not in err
    rows = listed(batch)
    assert rows["failed"] == 1 and rows["sources"][0]["summary"] is None
    assert rows["sources"][1]["summary"]["frames"] == 2
    page = unescape((batch.out / "index.html").read_text(encoding="utf-8"))
    assert told in page and "1 failed" in page


def test_ctrl_c_ends_the_batch_and_keeps_what_was_run(batch):
    code, out, _ = batch("--source", "a.mp4", "stop.mp4", "b.mp4")
    assert code == 130 and out.count("not run") == 2
    rows = listed(batch)
    assert rows["not_run"] == 2 and rows["failed"] == 0 and rows["sources"][0]["summary"]["frames"] == 2
    assert "2 not run" in (batch.out / "index.html").read_text(encoding="utf-8")


def test_a_second_batch_is_refused_and_overwrites_when_asked(batch):
    assert batch("--source", "a.mp4", "bad.mp4", "b.mp4")[0] == 1
    before = (batch.out / "batch.json").read_bytes()
    code, _, err = batch("--source", "a.mp4", "b.mp4")
    assert code == 1 and "add --overwrite to replace them" in err and (batch.out / "batch.json").read_bytes() == before
    assert batch("--source", "b.mp4", "a.mp4", "--overwrite")[0] == 0
    # nothing of the earlier batch is left
    assert sorted(path.name for path in batch.out.iterdir()) == ["01-b", "02-a", "batch.json", "index.html"]


@pytest.mark.parametrize("place", ["notes.txt", "01-a/notes.txt", "other/report.html"])
def test_files_of_others_are_never_lost(batch, place):
    batch("--source", "a.mp4", "b.mp4")
    mine = batch.out / place
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    code, _, err = batch("--source", "a.mp4", "b.mp4", "--overwrite")
    assert code == 1 and "choose another --out folder" in err and err.count("\n") == 1
    assert mine.read_text() == "mine" and (batch.out / "02-b" / "report.html").is_file()


def test_a_run_and_a_batch_do_not_replace_each_other(batch):
    assert batch("--source", "a.mp4")[0] == 0
    code, _, err = batch("--source", "a.mp4", "b.mp4", "--overwrite")
    assert code == 1 and "not of a batch" in err and (batch.out / "report.html").is_file()


def test_inputs_and_a_wrong_model_are_refused_before_anything_is_written(batch):
    batch("--source", "a.mp4", "b.mp4")
    before = (batch.out / "batch.json").read_bytes()
    code, _, err = batch("--source", "a.mp4", "results/01-a", "--overwrite")
    assert code == 1 and "lies in the output folder" in err and (batch.out / "batch.json").read_bytes() == before
    code, _, err = batch("--source", "a.mp4", "b.mp4", "--overwrite", "--model", "nobody")
    assert code == 1 and 'no model "nobody"' in err and (batch.out / "batch.json").read_bytes() == before


def test_a_folder_of_videos_is_its_videos(tmp_path, astronaut):
    for name in ("b.mp4", "a.MKV", ".hidden.mp4", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert expand(["synthetic", str(tmp_path)]) == ["synthetic", str(tmp_path / "a.MKV"), str(tmp_path / "b.mp4")]
    # with an image it is a folder of images, as ever
    cv2.imwrite(str(tmp_path / "face.png"), np.asarray(astronaut))
    assert expand([str(tmp_path)]) == [str(tmp_path)]
    assert expand(["nothing-here", "camera:0"]) == ["nothing-here", "camera:0"]


def test_names_of_folders_are_plain_and_differ():
    names = run_folders(["x/a.mp4", "y/a.mp4", "../../etc/", "synthetic:drive", "Gesicht ü.avi", "ü"])
    assert names == ["01-a", "02-a", "03-etc", "04-synthetic-drive", "05-Gesicht", "06-source"]
    assert run_folders(["s"] * 120)[-1] == "120-s" and len(run_folders(["x" * 300])[0]) < 50


def test_names_of_files_are_text_on_the_page():
    page = render_index([BatchRow("<b>&.mp4", "01-b", None, "<i>no</i>: choose another.")], "gazeattack run")
    assert "<b>&.mp4" not in page and "&lt;b&gt;&amp;.mp4" in page and "<i>no" not in page


def test_one_bar_counts_all_sources(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    bar = Progress(1, 4, "folder/b.mp4")
    bar.show(20)
    bar.show(21)
    bar.finish(BatchRow("folder/b.mp4", "02-b", {"frames": 21}))
    said = capsys.readouterr().err
    assert "[#####---------------] 2 of 4: b.mp4, 20 frames" in said and "21 frames\r" not in said
    assert said.endswith("2 of 4: b.mp4: 21 frames\n")

"""annotated.mp4 plays whatever happens to its writer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from gazeattack.live.video_writer import VideoWriter

KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from gazeattack.live.video_writer import VideoWriter
writer = VideoWriter(Path(sys.argv[1]), 30.0)
image = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
for i in range(100):
    writer.write(np.roll(image, i, 1), i / 30)
os.kill(os.getpid(), 9)
"""


def times(path: Path) -> list[float]:
    with av.open(str(path)) as video:
        return [float(frame.pts * frame.time_base) for frame in video.decode(video=0)]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_writer_leaves_a_video_up_to_the_last_half_second(tmp_path: Path) -> None:
    path = tmp_path / "annotated.mp4"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], timeout=120)
    assert done.returncode == -signal.SIGKILL
    there = times(path)
    assert len(there) >= 85 and there == pytest.approx([i / 30 for i in range(len(there))], abs=1e-4)


def test_a_finished_video_has_every_frame_at_its_time(tmp_path: Path) -> None:
    writer, moments = VideoWriter(tmp_path / "annotated.mp4", 5.0), [0.0, 0.2, 0.4, 3.0, 3.2, 3.4]
    for i, t in enumerate(moments):
        writer.write(np.full((48, 64, 3), 20 * i, dtype=np.uint8), 7 + t)
    writer.close()
    assert times(tmp_path / "annotated.mp4") == pytest.approx(moments, abs=1e-4)


def test_a_full_disk_leaves_no_torn_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, file) -> None:
            self._file, self._left = file, 20_000

        def write(self, data) -> int:
            self._left -= len(data)
            if self._left < 0:
                raise OSError(28, "No space left on device")
            return self._file.write(data)

        def __getattr__(self, name: str):
            return getattr(self._file, name)

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *args, **options: Full(real(path, *args, **options)))
    writer = VideoWriter(tmp_path / "annotated.mp4", 30.0)
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    with pytest.raises(OSError, match="No space left"):
        for i in range(100):
            writer.write(np.roll(image, i, 1), i / 30)
    writer.discard()
    assert not list(tmp_path.iterdir())

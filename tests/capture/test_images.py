import cv2
import numpy as np
import pytest

from gazeattack.capture.images import ImageSource, natural_key
from gazeattack.errors import SourceError


def save(path, level=100, size=(32, 24)):
    data = cv2.imencode(path.suffix, np.full((size[1], size[0], 3), level, np.uint8))[1]
    path.write_bytes(data.tobytes())


def play(source, limit=50):
    frames = []
    while len(frames) < limit and (frame := source.read()) is not None:
        frames.append(frame)
    return frames


def test_natural_order():
    names = ["b1.png", "a10.png", "A2.png", "a1.png", "3.png", "a1b.png"]
    assert sorted(names, key=natural_key) == ["3.png", "a1.png", "a1b.png", "A2.png", "a10.png", "b1.png"]


def test_a_folder_plays_in_natural_order_one_a_second(tmp_path):
    for n in (1, 2, 10):
        save(tmp_path / f"face{n}.png", 10 * n)
    source = ImageSource(tmp_path)
    assert (source.name, source.size, source.fps, source.live) == (tmp_path.name, (32, 24), 1.0, False)
    frames = play(source)
    assert [int(f.image[0, 0, 0]) for f in frames] == [10, 20, 100]
    assert [f.t for f in frames] == [0, 1, 2]
    assert source.skipped == ()


def test_what_is_no_image_is_passed_over_and_named(tmp_path):
    save(tmp_path / "a.png")
    save(tmp_path / "d.jpg")
    (tmp_path / "b.png").write_bytes(b"not an image")
    (tmp_path / "c.jpg").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("taken on Monday")
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "folder.png").mkdir()
    source = ImageSource(tmp_path)
    assert len(play(source)) == 2
    assert source.skipped == ("b.png", "c.jpg", "notes.txt")


def test_a_skipped_file_is_named_once_however_often_it_loops(tmp_path):
    save(tmp_path / "a.png")
    (tmp_path / "b.txt").write_text("x")
    source = ImageSource(tmp_path, fps=4, loop=True)
    frames = play(source, limit=5)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    assert [f.t for f in frames] == [0, 0.25, 0.5, 0.75, 1.0]
    assert source.skipped == ("b.txt",)


@pytest.mark.parametrize(
    ("size", "shown"), [((4000, 100), (1920, 48)), ((5000, 1), (1920, 1)), ((1, 1), (1, 1)), ((10, 3000), (10, 3000))]
)
def test_unusual_sizes(tmp_path, size, shown):
    save(tmp_path / "odd.png", size=size)
    source = ImageSource(tmp_path)
    assert source.size == shown
    assert source.read().image.shape == (shown[1], shown[0], 3)


def test_alpha_grey_and_sixteen_bits(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((4, 4, 4), (10, 20, 30, 128), np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((4, 4), 40, np.uint8))
    cv2.imwrite(str(tmp_path / "3.png"), np.full((4, 4, 3), 50 * 257, np.uint16))
    frames = play(ImageSource(tmp_path))
    assert [f.image[0, 0].tolist() for f in frames] == [[10, 20, 30], [40, 40, 40], [50, 50, 50]]
    assert all(f.image.dtype == np.uint8 and f.image.flags.c_contiguous for f in frames)


def test_names_of_any_alphabet(tmp_path):
    folder = tmp_path / "Gesichter ü 顔"
    folder.mkdir()
    save(folder / "лицо.jpg")
    assert len(play(ImageSource(folder))) == 1
    assert len(play(ImageSource(folder / "лицо.jpg"))) == 1


def test_a_still_repeats_when_looped(tmp_path):
    save(tmp_path / "still.png", 70)
    assert len(play(ImageSource(tmp_path / "still.png"))) == 1
    frames = play(ImageSource(tmp_path / "still.png", loop=True), limit=30)
    assert len(frames) == 30
    assert frames[29].t == pytest.approx(2.9)
    assert frames[29].image[0, 0, 0] == 70


@pytest.mark.parametrize("content", ["empty", "text only", "broken image", "broken still"])
def test_nothing_to_show_is_one_sentence(tmp_path, content):
    path = tmp_path
    if content == "text only":
        (tmp_path / "a.txt").write_text("x")
    elif content != "empty":
        (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n broken")
        path = tmp_path / "a.png" if content == "broken still" else tmp_path
    with pytest.raises(SourceError) as error:
        ImageSource(path)
    text = str(error.value)
    assert path.name in text
    assert text.endswith(".")
    assert ("empty" in text) == (content == "empty")


def test_a_looping_folder_whose_images_vanish_is_an_error(tmp_path):
    save(tmp_path / "a.png")
    save(tmp_path / "b.png")
    source = ImageSource(tmp_path, loop=True)
    play(source, limit=2)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(SourceError, match="can no longer be read"):
        source.read()


def test_after_close_there_are_no_more_frames(tmp_path):
    save(tmp_path / "a.png")
    source = ImageSource(tmp_path, loop=True)
    source.close()
    source.close()
    assert source.read() is None

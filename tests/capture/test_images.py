import sys

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from gazeattack.capture.images import ImageSource, natural_key
from gazeattack.errors import SourceError
from gazeattack.sources.registry import open_source


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
    assert [f.file for f in frames] == ["face1.png", "face2.png", "face10.png"]
    assert source.report.sentences() == ()


def test_what_is_no_image_is_passed_over_and_named(tmp_path):
    save(tmp_path / "a.png")
    save(tmp_path / "d.jpg")
    (tmp_path / "b.png").write_bytes(b"not an image")
    (tmp_path / "c.jpg").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("taken on Monday")
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "folder.png").mkdir()
    source = ImageSource(tmp_path)
    assert not source.report.complete
    assert len(play(source)) == 2 and source.report.complete
    assert [(file.name, file.reason) for file in source.report.skipped] == [
        ("b.png", "damaged, cut short or no image"),
        ("c.jpg", "empty, 0 bytes"),
        ("notes.txt", "not an image"),
    ]
    (sentence,) = source.report.sentences()
    assert sentence.startswith("3 of 5 files were skipped:") and all(n in sentence for n in ("b.png", "c.jpg", "notes"))


def test_a_skipped_file_is_named_once_however_often_it_loops(tmp_path):
    save(tmp_path / "a.png")
    (tmp_path / "b.txt").write_text("x")
    source = ImageSource(tmp_path, fps=4, loop=True)
    frames = play(source, limit=5)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    assert [f.t for f in frames] == [0, 0.25, 0.5, 0.75, 1.0]
    assert [file.name for file in source.report.skipped] == ["b.txt"] and source.report.frames == 1


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


def brand(path, name):
    """A file that begins as an ISO base media file of this brand does."""
    path.write_bytes(b"\0\0\0\x18ftyp" + name + b"\0\0\0\0mp42" + name + bytes(100))


def patches(width=96, height=64):
    """A picture, RGB, that shows where each of its corners went."""
    levels = np.random.default_rng(0).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    return cv2.resize(levels, (width, height), interpolation=cv2.INTER_CUBIC)


def save_heic(path, pixels, orientation=1, **options):
    """Write a HEIC; libheif keeps an Exif orientation (1 to 8) as irot and imir."""
    exif = Image.Exif()
    exif[274] = orientation
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(path, quality=95, exif=exif.tobytes(), **options)


def upright(pixels, orientation):
    picture = Image.fromarray(pixels)
    picture.getexif()[274] = orientation
    return np.asarray(ImageOps.exif_transpose(picture))


def assert_shows(path, wanted):
    """Whether a file is read as these RGB pixels; a picture turned in another way differs by more than 40."""
    image = ImageSource(path).read().image[..., ::-1]
    assert image.shape == wanted.shape and np.abs(image.astype(int) - wanted).mean() < 5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_is_turned_and_mirrored_as_it_says(tmp_path, orientation):
    pixels, path = patches(), tmp_path / "IMG_1.HEIC"
    save_heic(path, pixels, orientation)
    assert (b"irot" in path.read_bytes() or b"imir" in path.read_bytes()) is (orientation > 1)
    assert_shows(path, upright(pixels, orientation))


@pytest.mark.parametrize("orientation", [1, 5, 6])
@pytest.mark.parametrize("whose", ["the picture's", "the tiles'", "both"])
def test_a_tiled_heic_is_turned_as_a_whole(tmp_path, whose, orientation):
    # six tiles of 64x64; phones give their rotation to every tile
    pixels, path = patches(180, 120), tmp_path / "IMG_1.HEIC"
    save_heic(path, pixels, orientation, tile_size=64)
    data = path.read_bytes()
    assert b"grid" in data
    path.write_bytes(data if whose == "the picture's" else with_turned_tiles(data, keep=whose == "both"))
    assert_shows(path, upright(pixels, orientation))


def with_turned_tiles(data, *, keep):
    """A HEIC whose tiles have the picture's rotation and mirror as well (keep) or instead."""
    begin = data.index(b"ipma") - 4
    size = int.from_bytes(data[begin : begin + 4], "big")
    container = data.index(b"ipco") - 4
    kinds, place = [b""], container + 8
    while place < container + int.from_bytes(data[container : container + 4], "big"):
        kinds.append(data[place + 4 : place + 8])
        place += int.from_bytes(data[place : place + 4], "big")
    primary = int.from_bytes(data[data.index(b"pitm") + 8 :][:2], "big")
    place, items = begin + 16, {}
    for _ in range(int.from_bytes(data[begin + 12 : begin + 16], "big")):
        item, count = int.from_bytes(data[place : place + 2], "big"), data[place + 2]
        items[item] = list(data[place + 3 : place + 3 + count])
        place += 3 + count
    turns = [number for number in items[primary] if kinds[number & 127] in (b"irot", b"imir")]
    for item, numbers in items.items():
        if item != primary:
            numbers += turns
        elif not keep:
            items[item] = [number for number in numbers if number not in turns]
    box = data[begin + 4 : begin + 16]
    box += b"".join(item.to_bytes(2, "big") + bytes([len(n)]) + bytes(n) for item, n in items.items())
    box = (len(box) + 4).to_bytes(4, "big") + box
    return _moved(data[:begin] + box + data[begin + size :], len(box) - size)


def _moved(data, by):
    """The file after its boxes before the pixels grew: sizes of the boxes around ipma, and places of the items."""
    edited = bytearray(data)
    for kind in (b"meta", b"iprp"):
        place = data.index(kind) - 4
        edited[place : place + 4] = (int.from_bytes(data[place : place + 4], "big") + by).to_bytes(4, "big")
    place = data.index(b"iloc") + 4
    # version 1; bases, places and lengths of 4 bytes; one extent for each item
    assert (data[place], data[place + 4], data[place + 5]) == (1, 0x44, 0x40)
    for n in range(int.from_bytes(data[place + 6 : place + 8], "big")):
        entry = place + 8 + 20 * n
        if data[entry + 3] & 15 == 0:
            moved = int.from_bytes(data[entry + 6 : entry + 10], "big") + by
            edited[entry + 6 : entry + 10] = moved.to_bytes(4, "big")
    return bytes(edited)


def test_a_heic_that_is_cut_short_is_never_half_a_picture(tmp_path, astronaut):
    save(tmp_path / "a.png")
    picture = Image.fromarray(astronaut[..., ::-1])
    pillow_heif.from_pillow(picture).save(tmp_path / "b.heic")
    data = (tmp_path / "b.heic").read_bytes()
    for cut in (0.5, 0.9, 0.995):
        (tmp_path / "b.heic").write_bytes(data[: int(len(data) * cut)])
        source = ImageSource(tmp_path)
        assert len(play(source)) == 1
        assert [(file.name, file.reason) for file in source.report.skipped] == [("b.heic", "cut short")]


@pytest.mark.parametrize("name", ["turned.avif", "turned.jpg", "turned.png"])
def test_a_picture_is_turned_as_its_exif_says(tmp_path, name):
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, :50] = 255
    exif = Image.Exif()
    exif[274] = 6  # a quarter turn clockwise: left becomes top
    Image.fromarray(pixels).save(tmp_path / name, exif=exif)
    image = ImageSource(tmp_path / name).read().image
    assert image.shape == (100, 60, 3) and image[:40].mean() > 240 and image[60:].mean() < 15


def test_what_a_file_holds_counts_and_not_its_name(tmp_path, astronaut):
    picture = pillow_heif.from_pillow(Image.fromarray(astronaut[..., ::-1]))
    for name in ("photo.jpg", "photo.mp4"):
        picture.save(tmp_path / "x.heic")
        (tmp_path / "x.heic").replace(tmp_path / name)
        with open_source(str(tmp_path / name)) as source:
            assert isinstance(source, ImageSource) and source.size == (512, 512)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jxl", b"\xff\x0a" + bytes(50), "JPEG XL; convert it: djxl a.jxl"),
        ("a.jpg", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50), "JPEG XL"),
        ("a.CR2", b"II*\0" + bytes(50), "raw file; export it as jpg"),
        ("a.svg", b"<svg/>", "svg is no photo format"),
        ("a.exr", b"v/1\1" + bytes(50), "exr is no photo format"),
        ("a.tif", b"", "empty, 0 bytes"),
    ],
)
def test_an_image_that_cannot_be_read_is_refused_by_name(tmp_path, name, data, said):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError) as error:
        open_source(str(tmp_path / name))
    assert said in str(error.value) and str(error.value).startswith(f'"{name}"')


def test_a_video_in_a_folder_of_images_is_named_as_one(tmp_path):
    save(tmp_path / "1.png")
    brand(tmp_path / "2.jpg", b"isom")
    brand(tmp_path / "3.mp4", b"isom")
    source = ImageSource(tmp_path)
    assert len(play(source)) == 1
    assert {file.reason for file in source.report.skipped} == {"a video; open it on its own"}


@pytest.mark.parametrize(
    ("pixels", "level", "change"),
    [
        (np.array([[0, 2048, 4080]], np.uint16), 128, "12-bit values in a 16-bit file were scaled"),
        (np.array([[0, 512, 1020]], np.uint16), 128, "10-bit"),
        (np.array([[0, 128, 250]], np.uint16), 128, "8-bit"),
        (np.array([[0, 32768, 65000]], np.uint16), 128, None),
        (np.array([[0, 0.5, 1]], np.float32), 128, None),
        (np.array([[0, 128, 255]], np.float32), 128, None),
        (np.array([[0, 2000, 4000]], np.float32), 128, "values from 0 to 4000 were scaled"),
        (np.array([[-2, 0, 2]], np.float32), 128, "values from -2 to 2 were scaled"),
        (np.array([[0, 2, 4]], np.float32), 128, "values from 0 to 4 were scaled"),
    ],
)
def test_deep_images_are_scaled_by_their_range_with_a_notice(tmp_path, pixels, level, change):
    cv2.imwrite(str(tmp_path / "deep.tif"), pixels)
    source = ImageSource(tmp_path)
    image = source.read().image
    assert image[0, 0, 0] == 0 and abs(int(image[0, 1, 0]) - level) <= 1 and image[0, 2, 0] >= 249
    said = " ".join(source.report.sentences())
    assert (change or "") in said and bool(said) is (change is not None)
    assert change is None or '"deep.tif"' in said


@pytest.mark.parametrize("name", ["several.png", "several.webp", "several.avif", "several.tif"])
def test_a_file_of_several_pictures_is_said_to_be_one(tmp_path, name):
    first, *rest = [Image.fromarray(np.full((24, 32, 3), level, np.uint8)) for level in (60, 120, 180)]
    first.save(tmp_path / "single", format={"tif": "tiff"}.get(name[8:], name[8:]))
    (tmp_path / "single").rename(tmp_path / f"single{name[7:]}")
    first.save(tmp_path / name, save_all=True, append_images=rest)
    source = ImageSource(tmp_path / name)
    assert source.read().image.mean() == pytest.approx(60, abs=3)
    assert source.report.sentences() == (f'In "{name}" the first of several pictures was taken.',)
    assert ImageSource(tmp_path / f"single{name[7:]}").report.sentences() == ()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_name_that_is_no_text_stays_on_one_line(tmp_path):
    save(tmp_path / "a.png")
    (tmp_path / "b\n\udcfe😀.png").write_bytes(b"no")
    source = ImageSource(tmp_path)
    play(source)
    (sentence,) = source.report.sentences()
    assert '"b\\n\\udcfe😀.png"' in sentence and "\n" not in sentence


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a link")
def test_a_link_that_leads_nowhere_is_named(tmp_path):
    save(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "moved.png")
    source = ImageSource(tmp_path)
    play(source)
    assert [(file.name, file.reason) for file in source.report.skipped] == [("b.png", "No such file or directory")]


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

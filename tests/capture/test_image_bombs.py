"""An image whose header asks for gigabytes is refused before they are taken."""

import cv2
import numpy as np
import pytest

from gazeattack.capture import image_file
from gazeattack.capture.image_file import ImageFileError, load_image


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_header_of_a_gigapixel_is_refused(tmp_path, monkeypatch, suffix):
    data = bytearray(cv2.imencode(suffix, np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    if suffix == ".jpg":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = (32_000).to_bytes(2, "big") * 2
    else:
        data[16:24] = (32_000).to_bytes(4, "big") * 2
        import zlib

        data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    path = tmp_path / f"bomb{suffix}"
    path.write_bytes(data)
    monkeypatch.setattr(image_file.cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ImageFileError, match="more than 150 megapixels"):
        load_image(path)

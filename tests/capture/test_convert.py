import numpy as np
import pytest

from gazeattack.capture.convert import as_bgr8


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64, np.bool_])
def test_every_usual_image_becomes_contiguous_bgr8(shape, dtype):
    out = as_bgr8(np.ones(shape, dtype))
    assert out.shape == (4, 6, 3)
    assert out.dtype == np.uint8
    assert out.flags.c_contiguous


def test_values_survive():
    assert as_bgr8(np.full((2, 2), 77, np.uint8)).tolist() == np.full((2, 2, 3), 77).tolist()
    assert as_bgr8(np.full((2, 2, 4), (10, 20, 30, 0), np.uint8))[0, 0].tolist() == [10, 20, 30]
    assert as_bgr8(np.full((2, 2), 0x80FF, np.uint16))[0, 0, 0] == 0x80
    assert as_bgr8(np.full((2, 2), 0.5, np.float32))[0, 0, 0] == 128
    assert as_bgr8(np.array([[-5.0, 99.6, 300.0]]))[0, :, 0].tolist() == [0, 100, 255]
    assert as_bgr8(np.array([[-5, 99, 300]]))[0, :, 0].tolist() == [0, 99, 255]


def test_nan_and_infinity_turn_black_and_leave_the_rest():
    image = np.full((2, 3, 3), 200.0, np.float32)
    image[0, 0], image[1, 1], image[1, 2] = np.nan, np.inf, -np.inf
    out = as_bgr8(image)
    assert out[..., 0].tolist() == [[0, 200, 200], [200, 0, 0]]


def test_a_view_with_odd_strides_is_copied():
    base = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    out = as_bgr8(base[::-1, ::2])
    assert out.flags.c_contiguous
    assert (out == base[::-1, ::2]).all()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros(5),
        np.zeros((0, 4, 3)),
        np.zeros((4, 4, 2)),
        np.zeros((2, 4, 4, 3)),
        np.full((4, 4), np.nan),
        np.zeros((4, 4), complex),
        np.array([["a"]]),
        None,
    ],
)
def test_hopeless_input_is_a_value_error(image):
    with pytest.raises(ValueError):
        as_bgr8(image)

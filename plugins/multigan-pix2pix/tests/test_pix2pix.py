"""pix2pix keeps the contract, and is what the paper describes."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from keras import ops
from multigan_pix2pix import OPTIONS
from multigan_pix2pix.colour import keep_luminance, luminance
from multigan_pix2pix.game import Pix2Pix
from multigan_pix2pix.unet import depth_of, encoded, unet, width_of
from multigan_pix2pix.upward import Upward

from multigan import DataInfo, Field, UsageError
from multigan.testing import Contract

VARIANTS = {
    "plain": {"norm": "instance"},
    "others": {"norm": "batch", "noise": True, "loss": "least-squares", "make": "lines", "luminance": "free"},
}
CLASSES = ("sea", "land", "road")


@pytest.fixture(scope="module", params=VARIANTS)
def contract(request):
    return Contract("pix2pix", options={"width": 2, "size": "8", **VARIANTS[request.param]}, batch_size=2)


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


@pytest.mark.parametrize("check", ["losses_are_finite", "every_variable_learns"])
def test_contract_of_colour(check, tmp_path):
    Contract("colour", options={"width": 2, "size": "8"}, batch_size=2).run(check, tmp_path)


def picture(shape=(16, 16, 1), **facts):
    return Field(name="source", kind="picture", shape=shape, **facts)


MAP = Field(name="source", kind="labelmap", shape=(16, 16), classes=CLASSES)


def make(source=None, shape=(16, 16, 3), planned=(100, 1), **options):
    defaults = {key: option.default for key, option in OPTIONS.items()} | {"width": 2}
    beside = (source or picture((*shape[:2], 1)),)
    game = Pix2Pix(DataInfo(name="test", shape=shape, beside=beside), **defaults | options)
    game.plan(*planned)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def trained(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def test_the_networks_at_256_have_the_papers_layers():
    """Counted by hand: kernels of 4 x 4, a scale and an offset a channel where there is a norm, else a bias."""
    game, w = make(picture((256, 256, 3)), (256, 256, 3)), 2
    down = [3, w, 2 * w, 4 * w, 8 * w, 8 * w, 8 * w, 8 * w, 8 * w]
    up = [(8 * w, 8 * w), *[(16 * w, 8 * w)] * 3, (16 * w, 4 * w), (8 * w, 2 * w), (4 * w, w)]
    kernels = sum(16 * a * b for a, b in [*pairwise(down), *up, (2 * w, 3)])
    norms = 2 * (sum(down[2:-1]) + sum(made for _, made in up))
    assert trained(game.generator) == kernels + norms + (w + 8 * w + 3)
    assert (game.multiple, game.generator.input_shape) == (256, (None, None, None, 3))
    judged = [6, w, 2 * w, 4 * w, 8 * w, 1]
    assert trained(game.discriminator) == sum(16 * a * b for a, b in pairwise(judged)) + w + 1


def test_the_width_is_the_papers_from_128_pixels_on():
    assert [width_of(size, 0) for size in ((64, 96), (64, 200), (128, 128), (256, 256))] == [32, 32, 64, 64]
    assert width_of((64, 64), 16) == 16


@pytest.mark.parametrize(
    ("size", "depth"), [((256, 256), 8), ((64, 64), 6), ((64, 96), 5), ((28, 28), 2), ((1024, 512), 8), ((320, 480), 5)]
)
def test_it_is_as_deep_as_the_size_allows(size, depth):
    assert depth_of(size, "test") == depth


@pytest.mark.parametrize(
    ("size", "mend"),
    [((100, 100), "96x96"), ((427, 640), "416x640"), ((30, 30), "32x32"), ((33, 50), "32x48"), ((2, 9), "8x8")],
)
def test_a_size_that_hardly_halves_is_refused_with_one_that_does(size, mend):
    with pytest.raises(UsageError, match=f"test: pictures of {size[0]} x {size[1]} .* such as -o size={mend}"):
        depth_of(size, "test")
    depth_of(tuple(map(int, mend.split("x"))), "test")


@pytest.mark.backends
@pytest.mark.parametrize("source", [picture(), picture((16, 16, 4)), MAP], ids=["grey", "transparent", "map"])
def test_pictures_of_any_size_that_its_depth_divides_are_made(source):
    game = make(source, adversarial=0)
    assert game.multiple == 16
    for height, width in ((16, 16), (48, 32)):
        given = np.zeros((2, height, width), "int32") if source is MAP else noise(2, height, width, source.shape[2])
        made = ops.convert_to_numpy(game.generator(ops.convert_to_tensor(given), training=False))
        assert made.shape == (2, height, width, 3)
        assert np.abs(made).max() <= 1


def test_a_picture_does_not_depend_on_those_beside_it():
    """And the innermost map, of one pixel, is not normalised: all of it would be its mean, 0."""
    game = make(adversarial=0)
    given = noise(3, 16, 16, 1)
    alone = np.concatenate([game.sample(1, 0, given[n : n + 1]) for n in range(3)])
    assert np.allclose(game.sample(3, 0, given), alone, atol=1e-5)
    innermost = next(layer for layer in reversed(game.generator.layers) if type(layer).__name__ == "Conv2D")
    assert innermost.output.shape[-1] == 16
    (after,) = {node.operation.name.rstrip("_0123456789") for node in innermost._outbound_nodes}
    assert after == "re_lu"


def test_dropout_is_on_while_it_trains_and_off_when_samples_are_drawn():
    game, given = make(adversarial=0, dropout=0.9), noise(1, 16, 16, 1)
    one, other = (ops.convert_to_numpy(game.generator(given, training=True)) for _ in range(2))
    assert not np.array_equal(one, other)
    assert game.latents(1, 0) == {}
    assert np.array_equal(game.sample(1, 0, given), game.sample(1, 1, given))


@pytest.mark.backends
def test_with_noise_a_seed_names_one_of_many_pictures():
    game, given = make(adversarial=0, noise=True), noise(1, 16, 16, 1)
    assert game.latents(2, 0)["noise"].shape == (2, 2 + 4 + 8)
    assert np.array_equal(game.sample(1, 3, given), game.sample(1, 3, given))
    assert not np.array_equal(game.sample(1, 3, given), game.sample(1, 4, given))
    with pytest.raises(UsageError, match=r"the noise is dropout, which is 0; .* -o dropout=0\.5"):
        make(noise=True, dropout=0.0)


def test_dropped_channels_keep_the_mean():
    from multigan_pix2pix.unet import _kept

    kept = ops.convert_to_numpy(_kept(np.random.default_rng(0).standard_normal((100, 400)).astype("float32"), 0.3))
    assert sorted(set(kept.ravel().tolist())) == [0.0, pytest.approx(1 / 0.7)]
    assert kept.mean() == pytest.approx(1, abs=0.02)
    assert kept.shape == (100, 1, 1, 400)


@pytest.mark.parametrize(
    ("loss", "real_term", "fake_term"),
    [
        ("non-saturating", lambda x: np.log1p(np.exp(-x)), lambda x: np.log1p(np.exp(x))),
        ("least-squares", lambda x: 0.5 * (x - 1) ** 2, lambda x: 0.5 * x**2),
        ("hinge", lambda x: np.maximum(0, 1 - x), lambda x: np.maximum(0, 1 + x)),
    ],
)
def test_losses_in_closed_form(loss, real_term, fake_term):
    game = make(loss=loss, dropout=0.0, l1=7.0, adversarial=2.0)
    batch = {"source": noise(2, 16, 16, 1), "image": noise(2, 16, 16, 3, seed=1)}
    batch = {name: ops.convert_to_tensor(values) for name, values in batch.items()}
    made = ops.convert_to_numpy(game.generator(batch["source"], training=True))
    real, fake = (
        ops.convert_to_numpy(game.discriminator([batch["source"], ops.convert_to_tensor(x)], training=True)[-1])
        for x in (batch["image"], made)
    )
    wanted = 0.5 * (real_term(real).mean() + fake_term(fake).mean())
    assert float(game.discriminator_loss(batch)["adversarial"]) == pytest.approx(wanted, rel=1e-4)
    terms = game.generator_loss(batch)
    apart = np.abs(made - ops.convert_to_numpy(batch["image"])).mean()
    assert float(terms["l1"]) == pytest.approx(7 * apart, rel=1e-4)
    fooled = -fake.mean() if loss == "hinge" else real_term(fake).mean()
    assert float(terms["adversarial"]) == pytest.approx(2 * fooled, rel=1e-4)


def test_features_in_closed_form():
    """Scores are no feature; and a discriminator learns even where nothing but its features is listened to."""
    game = make(dropout=0.0, feature_matching=3.0, adversarial=0.0)
    assert [turn.player for turn in game.turns] == ["discriminator", "generator"]
    batch = {"source": noise(2, 16, 16, 1), "image": noise(2, 16, 16, 3, seed=1)}
    batch = {name: ops.convert_to_tensor(values) for name, values in batch.items()}
    made = game.generator(batch["source"], training=True)
    real, fake = (
        [ops.convert_to_numpy(each) for each in game.discriminator([batch["source"], x], training=True)[:-1]]
        for x in (batch["image"], made)
    )
    terms = game.generator_loss(batch)
    assert list(terms) == ["l1", "features"]
    apart = np.mean([np.abs(one - other).mean() for one, other in zip(real, fake, strict=True)])
    assert float(terms["features"]) == pytest.approx(3 * apart, rel=1e-4)


def test_what_a_trained_network_sees_is_compared(monkeypatch):
    monkeypatch.setattr(
        "multigan.modalities.images.extractors.perceptual.picture_features", lambda x: [2.0 * x, x - 1.0]
    )
    game = make(dropout=0.0, perceptual=5.0)
    batch = {"source": noise(1, 16, 16, 1), "image": noise(1, 16, 16, 3, seed=1)}
    batch = {name: ops.convert_to_tensor(values) for name, values in batch.items()}
    made = ops.convert_to_numpy(game.generator(batch["source"], training=True))
    apart = np.abs(made - ops.convert_to_numpy(batch["image"])).mean()
    assert float(game.generator_loss(batch)["perceptual"]) == pytest.approx(5 * 1.5 * apart, rel=1e-4)


def test_features_without_their_weights_are_refused_where_a_run_begins(monkeypatch):
    monkeypatch.setattr("multigan.modalities.images.extractors.installed.picture_features_installed", lambda: False)
    make(perceptual=0.0).prepare(None)
    with pytest.raises(UsageError, match="metrics"):
        make(perceptual=1.0).prepare(None)


def test_the_rate_stays_for_half_of_the_run_and_falls_to_zero():
    game = make(planned=(200, 1))
    for optimizer in game.optimizers().values():
        rates = [float(optimizer._learning_rate(step)) for step in (0, 100, 150, 200)]
        assert rates == pytest.approx([2e-4, 2e-4, 1e-4, 0])
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)


def test_without_the_adversarial_term_nobody_judges():
    game = make(adversarial=0)
    assert game.players() == ["generator"]
    batch = {"source": noise(1, 16, 16, 1), "image": noise(1, 16, 16, 3)}
    assert list(game.generator_loss(batch)) == ["l1"]


@pytest.mark.backends
def test_a_class_has_a_channel_and_none_has_zeros():
    given = np.array([[[0, 1], [2, 255]]], "int32")
    wanted = np.zeros((1, 2, 2, 3), "float32")
    wanted[0, 0, 0, 0] = wanted[0, 0, 1, 1] = wanted[0, 1, 0, 2] = 1
    assert np.array_equal(ops.convert_to_numpy(encoded(ops.convert_to_tensor(given), MAP)), wanted)


@pytest.mark.backends
def test_a_game_of_label_maps_takes_its_turns():
    game = make(MAP)
    maps = np.random.default_rng(0).choice([0, 1, 2, 255], (2, 16, 16)).astype("int32")
    batch = {"source": maps, "image": noise(2, 16, 16, 3)}
    for turn in game.turns:
        losses = game.run_turn(turn, batch)["losses"].values()
        assert all(np.isfinite(ops.convert_to_numpy(ops.stop_gradient(value))) for value in losses)
    none = np.full_like(maps, 255)
    assert not np.array_equal(game.sample(2, 0, maps), game.sample(2, 0, none))


@pytest.mark.backends
def test_the_luminance_of_what_comes_out_is_that_of_what_went_in():
    grey, colour = noise(4, 8, 8, 1), noise(4, 8, 8, 3, seed=1)
    grey[0, 0, :4, 0] = (-1, 1, -0.999, 0.999)
    made = ops.convert_to_numpy(keep_luminance(grey, colour))
    assert np.abs(made).max() <= 1 + 1e-6
    assert np.allclose(ops.convert_to_numpy(luminance(made)), grey, atol=1e-5)
    own = ops.convert_to_numpy(luminance(colour))
    assert np.allclose(ops.convert_to_numpy(keep_luminance(own, colour)), colour, atol=1e-5), "what fits stays"


def test_the_luminance_is_kept_where_the_source_was_made_grey():
    given = ops.convert_to_tensor(noise(1, 8, 8, 1))

    def kept(source, **options):
        made = make(source, (8, 8, 3), adversarial=0, **options).generator(given)
        return np.allclose(ops.convert_to_numpy(luminance(made)), ops.convert_to_numpy(given), atol=1e-4)

    assert kept(picture((8, 8, 1), made="grey"))
    assert not kept(picture((8, 8, 1), made="grey"), luminance="free")
    assert not kept(picture((8, 8, 1), made="lines"))
    assert kept(picture((8, 8, 1), made="lines"), luminance="source")


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (picture(aligned=False), {}, "test: its pictures are not paired .* --data INPUTS --to IMAGES"),
        (picture((8, 8, 3), made="low:2"), {}, "one size, not 8 x 8 and 16 x 16; leave out make=low"),
        (picture((16, 16, 3)), {"luminance": "source"}, "luminance=source needs grey pictures that go in"),
        (MAP, {"luminance": "source"}, "luminance=source needs grey pictures that go in"),
    ],
)
def test_data_that_are_no_pairs_are_refused(source, options, message):
    with pytest.raises(UsageError, match=message):
        make(source, **options)


def test_pictures_alone_are_refused():
    with pytest.raises(UsageError, match="test: nothing to make its pictures of; give pairs"):
        Pix2Pix(DataInfo(name="test", shape=(16, 16, 3)), **{key: option.default for key, option in OPTIONS.items()})


def test_a_game_that_keeps_luminance_is_exported(tmp_path):
    """Colours of any strength, which a trained network's have: greys leave them little room."""
    from multigan.trained.exporting import export_keras, verifier

    game = make(picture((16, 16, 1), made="grey"), adversarial=0)
    for weight in game.generator.trainable_variables[-2:]:
        weight.assign(100.0 * noise(*weight.shape))
    export_keras(game, tmp_path / "model.keras", verifier(game, "float32"))


def test_label_maps_come_out_of_the_network_as_they_are_exported(tmp_path):
    """In plain Keras, without a layer of multigan's."""
    from multigan.trained.exporting import export_keras, verifier

    game = make(MAP, adversarial=0)
    export_keras(game, tmp_path / "model.keras", verifier(game, "float32", 3))
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert not [layer for layer in loaded.layers if type(layer).__module__.startswith("multigan")]


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 2, 4), (1, 8, 8), (2, 8, 8)])
def test_small_maps_go_up_as_they_do_in_keras(shape):
    given = ops.convert_to_tensor(noise(*shape, 5))
    settings = {"filters": 3, "kernel_size": 4, "strides": 2, "padding": "same", "bias_initializer": "random_normal"}
    ours, theirs = Upward(**settings), keras.layers.Conv2DTranspose(**settings)
    ours.build(given.shape)
    theirs.build(given.shape)
    theirs.set_weights(ours.get_weights())
    assert np.allclose(ours(given), theirs(given), atol=1e-5)


def test_a_unet_has_a_name_for_what_goes_in():
    network = unet(
        picture(), 3, width=2, depth=3, norm="batch", dropout=0.0, noise=False, luminance=False, seed=0
    )  # fmt: skip
    assert [given.name for given in network.inputs] == ["source"]

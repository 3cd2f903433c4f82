"""CycleGAN keeps the contract, and is what the paper describes."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from multigan_cyclegan import CYCLEGAN, FASTCUT
from multigan_cyclegan.fastcut import FastCUT
from multigan_cyclegan.game import CycleGAN
from multigan_cyclegan.networks import resnet_generator
from multigan_cyclegan.unpaired import blocks_for, width_for

from multigan import DataInfo, Field, InstanceNormalization, UsageError
from multigan.testing import ArraySource, Contract

DRAW = np.random.default_rng(0)
TINY = {"width": 2, "blocks": 1}


def pictures(count, *shape):
    return DRAW.uniform(-1, 1, (count, *shape)).astype("float32")


def unpaired(given, made):
    field = Field(name="source", kind="picture", shape=given, aligned=False)
    return ArraySource(pictures(24, *made), beside={field: pictures(20, *given)})


@pytest.fixture(scope="module")
def contract():
    options = TINY | {"identity": 0.5, "upsampling": "resize", "pool": 2}
    return Contract("cyclegan", options=options, data=unpaired((8, 12, 3), (8, 12, 3)), batch_size=2)


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def info(given=(8, 8, 3), made=(8, 8, 3), **beside):
    field = Field(name="source", shape=given, aligned=False, **({"kind": "picture"} | beside))
    return DataInfo(name="test", shape=made, count=9, beside=(field,))


def make(recipe=CycleGAN, data=None, *, steps=100, batch_size=2, **options):
    known = CYCLEGAN if recipe is CycleGAN else FASTCUT
    defaults = {key: option.default for key, option in known.items()} | TINY
    game = recipe(data or info(), **defaults | options)
    game.plan(steps, batch_size)
    game.compile(jit=False)
    return game


def batch_of(count=2, given=(8, 8, 3), made=(8, 8, 3)):
    shapes = {"source": given, "image": made}
    return {name: ops.convert_to_tensor(pictures(count, *shape)) for name, shape in shapes.items()}


def trained(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


# What the paper says


def test_the_generator_at_256_has_the_papers_parameter_count():
    """Counted by hand: instance norm has no parameters, and only the last convolution has a bias."""
    count = 49 * 3 * 64 + 9 * (64 * 128 + 128 * 256) + 9 * 2 * 9 * 256 * 256 + 9 * (256 * 128 + 128 * 64)
    assert trained(resnet_generator(3, 3, 64, 9)) == count + 49 * 64 * 3 + 3 == 11_372_931


@pytest.mark.parametrize(("side", "sizes"), [(256, (64, 9)), (128, (64, 6)), (64, (32, 6)), (32, (16, 3))])
def test_networks_are_as_large_as_pictures_ask_for(side, sizes):
    assert (width_for(side, 2 * side), blocks_for(2 * side, side)) == sizes


@pytest.mark.parametrize("recipe", [CycleGAN, FastCUT])
def test_small_pictures_have_small_networks_unless_sizes_are_given(recipe):
    assert (make(recipe, width=0, blocks=0).width, make(recipe, width=0, blocks=0).blocks) == (16, 3)
    assert (make(recipe).width, make(recipe).blocks) == (2, 1)


def test_no_layer_depends_on_other_pictures_of_a_batch():
    game = make()
    for network in (*game.generators, *game.discriminators):
        kinds = {type(layer) for layer in network._flatten_layers() if "Normalization" in type(layer).__name__}
        assert kinds == {InstanceNormalization}
        assert not any(isinstance(layer, layers.Dropout) for layer in network._flatten_layers())
    x = pictures(3, 8, 8, 3)
    whole = game.generators[0](x, training=True)
    np.testing.assert_allclose(whole[1:2], game.generators[0](x[1:2], training=True), atol=1e-5)


def test_resized_pixels_have_no_transposed_convolution():
    def kinds(upsampling):
        return {type(layer) for layer in resnet_generator(3, 3, 2, 1, upsampling).layers}

    assert layers.Conv2DTranspose in kinds("transposed")
    assert layers.Conv2DTranspose not in kinds("resize")


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
def test_the_generator_takes_any_size_that_4_divides(upsampling):
    network = resnet_generator(1, 3, 2, 1, upsampling)
    for height, width in ((8, 8), (20, 12)):
        assert network(pictures(1, height, width, 1)).shape == (1, height, width, 3)


# The losses


class Same(layers.Layer):
    """A network that returns its input."""

    def __init__(self):
        super().__init__()
        self.unused = self.add_weight(shape=(1,))

    def call(self, inputs, training=False):
        return inputs


class Always(layers.Layer):
    """A discriminator that gives one score to real pictures, and another one to those whose first pixel is dark."""

    def __init__(self, real, fake):
        super().__init__()
        self.real, self.fake = real, fake

    def call(self, inputs, training=False):
        bright = ops.max(inputs, axis=(1, 2, 3), keepdims=True) > 0
        return ops.where(bright, self.real, self.fake) * ops.ones_like(inputs[..., :1])


def numbers(terms):
    return {name: float(value) for name, value in terms.items()}


def test_networks_that_return_their_input_cost_nothing_but_what_the_discriminators_say():
    game = make(identity=0.5, cycle_noise=0.0)
    game.generators = [Same(), Same()]
    game.discriminators = [Always(0.25, 0.25), Always(0.25, 0.25)]
    terms = numbers(game.generators_loss(batch_of()))
    assert terms["cycle"] == terms["identity"] == 0
    assert terms["adversarial"] == pytest.approx(2 * (0.25 - 1) ** 2), "no half, at both ends"
    assert float(game._observed["moved"]) == 0
    assert float(game._observed["distance"]) > 0.3


def test_the_discriminators_loss_has_the_half_that_the_papers_code_has():
    game = make()
    game.discriminators = [Always(0.75, 0.5), Always(0.5, -1.0)]
    bright, dark = (value * ops.ones((2, 8, 8, 3)) for value in (0.5, -0.5))
    for handed in game.handed:
        handed.give(dark)
    terms = numbers(game.discriminators_loss({"source": bright, "image": bright}))
    assert terms["source"] == pytest.approx((0.25**2 + 0.5**2) / 2)
    assert terms["image"] == pytest.approx((0.5**2 + 1.0**2) / 2)


class Moved(Same):
    """Adds a number."""

    def __init__(self, by):
        super().__init__()
        self.by = by

    def call(self, inputs, training=False):
        return inputs + self.by


def test_cycle_and_identity_are_mean_absolute_differences_times_their_weights():
    game = make(cycle=10.0, identity=0.5, cycle_noise=0.0)
    game.generators = [Moved(0.25), Moved(0.125)]
    terms = numbers(game.generators_loss(batch_of()))
    assert terms["cycle"] == pytest.approx(10 * 2 * 0.375, rel=1e-5)
    assert terms["identity"] == pytest.approx(10 * 0.5 * (0.25 + 0.125), rel=1e-5)
    assert "identity" not in make(identity=0.0).generators_loss(batch_of())


def test_pictures_go_back_with_noise_on_them():
    """Generators that change nothing are as far from what was given as the mean of |noise|."""
    game, batch = make(batch_size=64, cycle=10.0, cycle_noise=0.25), batch_of(64)
    game.generators = [Same(), Same()]
    expected = 10 * 2 * 0.25 * np.sqrt(2 / np.pi)
    assert numbers(game.generators_loss(batch))["cycle"] == pytest.approx(expected, rel=0.03)
    assert float(game._observed["moved"]) == 0, "the discriminators see no noise"


def test_samples_come_from_averaged_generators():
    game, batch = make(ema=0.9), batch_of()
    for turn in game.turns:
        game.update(turn, batch)
    own, kept = (ops.convert_to_numpy(each(batch["source"])) for each in (game.generators[0], game.sampler))
    assert np.abs(own - kept).max() > 1e-4
    plain = make(ema=0.0)
    assert plain.sampler is plain.generators[0]


def test_with_the_identity_term_pictures_are_translated_as_without_it():
    one, other, batch = make(identity=0.5), make(identity=0.0), batch_of()
    for mine, theirs in zip(one.generators, other.generators, strict=True):
        theirs.set_weights(mine.get_weights())
    for game in (one, other):
        game.generators_loss(batch)
    for mine, theirs in zip(one.handed, other.handed, strict=True):
        np.testing.assert_allclose(mine.take(), theirs.take(), atol=1e-5)


def test_the_discriminators_see_what_the_generators_made_before_their_update():
    game, batch = make(), batch_of()
    made = ops.convert_to_numpy(game.generators[0](batch["source"], training=True))
    for turn in game.turns:
        game.update(turn, batch)
    np.testing.assert_allclose(game.handed[1].take(), made, atol=1e-5)
    np.testing.assert_allclose(game.pools[1].samples[:2], made, atol=1e-5)


def test_pools_keep_fifty_pictures():
    game, batch = make(batch_size=4), batch_of(4)
    assert [pool.size for pool in game.pools] == [50, 50]
    for turn in game.turns:
        game.update(turn, batch)
    assert [int(pool.filled) for pool in game.pools] == [4, 4]
    for _ in range(13):
        game.pools[0](batch["source"])
    assert int(game.pools[0].filled) == 50
    known = {id(variable) for variable in game.state()}
    assert all(id(pool.samples) in known for pool in game.pools), "checkpoints hold them"


@pytest.mark.parametrize("recipe", [CycleGAN, FastCUT])
def test_the_rate_stays_for_half_of_the_run_and_falls_to_zero(recipe):
    for player, optimizer in make(recipe, steps=1000).optimizers().items():
        first = 8e-4 if player == "discriminators" and recipe is CycleGAN else 2e-4
        rates = [float(optimizer._learning_rate(step)) for step in (0, 500, 750, 1000)]
        assert rates == pytest.approx([first, first, first / 2, 0], abs=1e-9)
        assert optimizer.beta_1 == 0.5


# What cannot be


@pytest.mark.parametrize("recipe", [CycleGAN, FastCUT])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DataInfo(name="cats", shape=(8, 8, 3)), "cats: holds pictures of one kind only; .*--data A --to B"),
        (info(given=(8, 8), kind="labelmap"), "test: what goes in is a labelmap"),
        (info(given=(12, 8, 3)), "test: its two kinds of pictures are of 12 x 8 and 8 x 8 pixels"),
        (info((30, 64, 3), (30, 64, 3)), "size: 30 x 64, .* the nearest is -o size=32x64"),
        (info((4, 9, 3), (4, 9, 3)), "size: 4 x 9, .* the nearest is -o size=8x8"),
    ],
)
def test_data_that_do_not_fit_are_refused(recipe, data, message):
    with pytest.raises(UsageError, match=message):
        make(recipe, data)


def test_identity_needs_the_same_channels_on_both_sides():
    grey = info(given=(8, 8, 1))
    assert make(data=grey).generators[0].output_shape[-1] == 3
    with pytest.raises(UsageError, match=r"identity=0\.5: pictures of 1 and of 3 channels"):
        make(data=grey, identity=0.5)
    with pytest.raises(UsageError, match=r"fastcut compares .* 1 and 3 channels"):
        make(FastCUT, data=grey)


@pytest.mark.parametrize(("counts", "told"), [((1, 5), "1 picture that goes in"), ((5, 1), "1 picture that is made")])
def test_a_domain_of_one_picture_is_refused(counts, told):
    for recipe in (CycleGAN, FastCUT):
        with pytest.raises(UsageError, match=f"test: {told}; "):
            make(recipe, start="blank").prepare(Counted(*counts))
        make(recipe, start="blank").prepare(Counted(2, 2))


class Counted:
    """Data of so many pictures."""

    field = "image"

    def __init__(self, given, made):
        self.free, self.made = {"source": given}, made

    def __len__(self):
        return self.made


def maps_of(game):
    return [ops.convert_to_numpy(each.get_layer(f"{each.name}_colours").map) for each in game.begun]


@pytest.mark.parametrize("recipe", [CycleGAN, FastCUT])
def test_generators_begin_with_the_map_of_colours_of_the_data(recipe):
    source, game = unpaired((8, 8, 3), (8, 8, 3)), make(recipe)
    game.prepare(source)
    maps = maps_of(game)
    assert len(maps) == (4 if recipe is CycleGAN else 1)
    np.testing.assert_array_equal(maps[2:], maps[:2] if recipe is CycleGAN else [])  # their averages
    assert all(np.isfinite(each).all() and not np.allclose(each, np.eye(4, 3)) for each in maps)
    other = make(recipe)
    other.prepare(source)
    np.testing.assert_array_equal(
        maps[0], ops.convert_to_numpy(other.begun[0].get_layer(f"{game.begun[0].name}_colours").map)
    )
    assert not any("colours" in layer.name for layer in make(recipe, start="blank").begun[0].layers)


def test_kinds_of_other_channels_begin_blank():
    game = make(data=info((8, 8, 1), (8, 8, 3)))
    assert not any("colours" in layer.name for layer in game.generators[0].layers)


def test_a_preview_shows_the_way_back():
    game, x = make(), pictures(2, 8, 8, 3)
    made = game.sample(2, 0, {"source": x})
    shown = game.show({"source": x}, made)
    assert [*shown] == ["output", "way back"]
    np.testing.assert_allclose(shown["way back"], game.generators[1](made), atol=1e-5)
    assert keras.backend.standardize_dtype(shown["way back"].dtype) == "float32"


def test_the_way_back_is_a_game_of_its_own():
    game, x = make(data=info(given=(8, 8, 1))), pictures(2, 8, 8, 3)
    turned = game.turned(game.directions[1])
    made = turned.sample(2, 0, {"source": x})
    assert made.shape == (2, 8, 8, 1)
    np.testing.assert_allclose(made, game.generators[1](x), atol=1e-5)
    shown = turned.show({"source": x}, made)
    assert [*shown] == ["output", "way back"]
    np.testing.assert_allclose(shown["way back"], game.generators[0](made), atol=1e-5)
    assert turned.fields[0].shape == (8, 8, 3)
    assert (turned.swaps, turned.multiple) == (("source", "image"), 4)

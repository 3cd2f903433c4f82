"""Characters: clips are given back by their codes, codes are drawn from noise, and each part sees what it is to see."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_animation import CHARACTERS
from multigan_animation.characters import Characters, seen
from multigan_animation.codes import Codes, clip_encoder

from multigan import DataInfo, UsageError
from multigan.testing import Contract

SMALL = {"width": 4, "critic_width": 4, "codes": 6, "content_dim": 5, "motion_dim": 3, "pixel_steps": 2}
DATA = {"size": "8", "frames": 4}
VARIANTS = {
    "plain": {},
    "bare": {"by": "nothing", "pixel_steps": 0, "window": 1, "code_noise": 0.0, "ema": 0.0, "channels": 4},
}


# On TensorFlow alone: what it is made of is in the other variant.
ONCE = {"bare"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    return Contract("characters", options={**SMALL, **DATA, **VARIANTS[request.param]})


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(shape=(4, 8, 8, 1), classes=("left", "right"), batch=4, steps=100, **options):
    defaults = {key: option.default for key, option in CHARACTERS.items()} | SMALL
    game = Characters(DataInfo(name="test", shape=shape, field="clip", classes=classes), **defaults | options)
    game.plan(steps, batch)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def batch_of(clips, seed=0):
    return {"clip": clips.astype("float32"), "label": np.arange(len(clips), dtype="int32") % 2}


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def numpy(tensor):
    return ops.convert_to_numpy(ops.stop_gradient(tensor))


def asked(count, loop=0.0):
    return {"label": np.arange(count, dtype="int32") % 2, "loop": np.full((count, 1), loop, "float32")}


def step(game, batch, number=5):
    """One step of the second phase, or of the first one."""
    return game.run_turns(game.phases()[0 if number == 1 else -1].turns, batch)


def test_what_cannot_be_seen_has_no_colour():
    clear, half, opaque = ([0.5, -0.5, 1.0, alpha] for alpha in (-1.0, 0.0, 1.0))
    found = numpy(seen(ops.convert_to_tensor(np.float32([clear, half, opaque]))))
    np.testing.assert_allclose(found, [[-1, -1, -1, -1], [-0.25, -0.75, 0, 0], [0.5, -0.5, 1, 1]], atol=1e-6)
    plain = ops.convert_to_tensor(noise(2, 3))
    np.testing.assert_array_equal(numpy(seen(plain)), numpy(plain))


@pytest.mark.backends
def test_windows_are_frames_in_a_row_of_their_own_clip():
    game = make((6, 8, 8, 2), window=3)
    clips = np.zeros((4, 6, 8, 8, 2), "float32")
    clips += np.arange(6).reshape(1, 6, 1, 1, 1) + 100 * np.arange(4).reshape(4, 1, 1, 1, 1)
    clips[..., 1] += 0.5
    starts = []
    for _ in range(8):
        chosen = numpy(game.chosen())
        found = numpy(game.windows(ops.convert_to_tensor(clips), ops.convert_to_tensor(chosen)))
        assert found.shape == (8, 8, 8, 6)
        assert (np.ptp(found, axis=(1, 2)) == 0).all()
        first = 100 * np.arange(4)[:, None] + chosen
        wanted = first.reshape(-1, 1) + np.array([0, 0.5, 1, 1.5, 2, 2.5])
        np.testing.assert_allclose(found[:, 0, 0], wanted)
        assert (chosen[:, 0] != chosen[:, 1]).all()
        starts += [*chosen.ravel()]
    assert set(starts) == {0, 1, 2, 3}


@pytest.mark.backends
def test_the_codes_that_are_kept_are_the_last_ones():
    codes = Codes(4, 2, keras.random.SeedGenerator(0))
    for number in (1.0, 2.0, 3.0, 4.0, 5.0):
        codes.give(ops.full((2, 2), number))
        known = {number, number - 1} - {0.0}
        drawn = numpy(codes.take(60))
        assert drawn.shape == (60, 2)
        assert {float(value) for value in drawn.ravel()} == known


def test_an_encoders_entries_have_mean_0_and_deviation_1_over_a_batch():
    network = clip_encoder((4, 8, 8, 3), 5, 4)
    code = numpy(network(noise(64, 4, 8, 8, 3), training=True))
    np.testing.assert_allclose(code.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(code.std(axis=0), 1, atol=2e-2)


class Gives:
    """A generator that gives back half of what it is told, whatever the codes are."""

    def __init__(self, clips):
        self.clips, self.told = clips, []

    def __call__(self, inputs, training):
        self.told.append(inputs)
        return self.clips


def test_the_generators_terms_in_closed_form():
    game = make(pixels=7.0, features=3.0, adversarial=2.0, window=4, code_noise=0.0)
    clips = noise(4, 4, 8, 8, 1)
    made = ops.convert_to_tensor(0.5 * clips)
    game.film = Gives(made)

    def judged(pictures, training):
        return [pictures, 2 * pictures, ops.mean(pictures, axis=-1, keepdims=True)]

    game.discriminator = judged
    batch = {key: ops.convert_to_tensor(value) for key, value in batch_of(clips).items()}
    alone = game.pixel_loss(batch)
    assert set(alone) == {"pixels"}
    assert float(alone["pixels"]) == pytest.approx(7 * np.square(0.5 * clips).mean(), rel=1e-5)
    terms = {name: float(term) for name, term in game.generator_loss(batch).items()}
    assert terms["pixels"] == pytest.approx(float(alone["pixels"]))
    assert terms["adversarial"] == pytest.approx(-2 * 0.5 * clips.mean(), abs=1e-5)
    assert terms["features"] == pytest.approx(3 * (1 + 2) * np.abs(0.5 * clips).mean(), rel=1e-4)
    np.testing.assert_allclose(numpy(game.handed.take()), 0.5 * clips, rtol=1e-6)
    code = numpy(game.film.told[-1][0])
    np.testing.assert_allclose(numpy(game.found.kept)[4:8, :5], code, rtol=1e-5)
    np.testing.assert_array_equal(numpy(game.found.kept)[4:8, 5:], np.eye(2)[[0, 1, 0, 1]])
    loss = game.discriminator_loss(batch)["adversarial"]
    means = clips.mean(axis=(1, 4))
    wanted = np.maximum(0, 1 - means).mean() + np.maximum(0, 1 + 0.5 * means).mean()
    assert float(loss) == pytest.approx(wanted, rel=1e-4)


def test_noise_on_codes_has_the_deviation_that_is_asked_for():
    game = make(code_noise=0.5)
    clips = noise(4, 4, 8, 8, 1)
    game.film = Gives(ops.convert_to_tensor(clips))
    batch = {key: ops.convert_to_tensor(value) for key, value in batch_of(clips).items()}
    apart = []
    for _ in range(40):
        game.given_back(batch)
        apart.append(numpy(game.film.told[-1][0]) - numpy(game.encoder(batch["clip"], training=True)))
    assert np.std(apart) == pytest.approx(0.5, rel=0.1)


@pytest.mark.backends
def test_codes_that_are_judged_are_asked_for_by_the_same_and_each_part_learns_its_own():
    game = make()
    batch = batch_of(noise(4, 4, 8, 8, 1))
    step(game, batch, 1)
    found, drawn = (numpy(each) for each in game.codes_of_both())
    np.testing.assert_array_equal(found[:, 5:], drawn[:, 5:])
    assert np.abs(found[:, :5] - drawn[:, :5]).max() > 1e-3
    before = {player: [numpy(v).copy() for v in game.player_variables(player)] for player in game.players()}
    step(game, batch)
    for player, values in before.items():
        moved = [not np.array_equal(a, numpy(b)) for a, b in zip(values, game.player_variables(player), strict=True)]
        assert all(moved), player


def test_samples_come_from_the_averages_and_longer_clips_begin_as_shorter_ones_do():
    game = make(ema=0.9)
    for seed in range(3):
        step(game, batch_of(noise(4, 4, 8, 8, 1, seed=seed)))
    usual = game.sample(3, 1, asked(3))
    drawn, told = game.latents(3, 1), asked(3)["label"]
    content, motion, told, loop = map(ops.convert_to_tensor, (*drawn.values(), told, np.zeros((3, 1), "float32")))
    code = game.averaged("mapping")([content, told], training=False)
    film, _ = game.averaged("generator")
    wanted = film([code, motion, told, loop], training=False)
    np.testing.assert_allclose(usual, numpy(wanted), atol=1e-5)
    with game.lasting(7):
        longer = game.sample(3, 1, asked(3))
    assert longer.shape == (3, 7, 8, 8, 1)
    np.testing.assert_allclose(longer[:, :4], usual, atol=1e-5)


def test_it_draws_what_it_was_shown():
    """Clips of one class are bright on the left, those of the other on the right."""
    clips = np.full((16, 4, 8, 8, 1), -1.0, "float32")
    clips[::2, :, :, :4] = clips[1::2, :, :, 4:] = 0.8
    game = make(batch=16, steps=300, width=8, pixel_steps=100, learning_rate=4e-3, ema=0.9)
    for number in range(120):
        step(game, batch_of(clips), 1 if number < 100 else 5)
    drawn = game.sample(8, 0, asked(8))
    left, right = drawn[:, :, :, :4].mean(axis=(1, 2, 3, 4)), drawn[:, :, :, 4:].mean(axis=(1, 2, 3, 4))
    assert (left - right > 0.8)[::2].all()
    assert (right - left > 0.8)[1::2].all()


def test_without_a_part_in_the_loss_there_is_no_discriminator():
    game = make(features=0.0, adversarial=0.0)
    assert game.discriminator is None
    assert [phase.name for phase in game.phases()] == ["pixels"]
    assert "discriminator" not in game.players()
    (record, *_) = step(game, batch_of(noise(4, 4, 8, 8, 1)))
    assert set(record["losses"]) == {"generator/pixels"}
    features = make(pixels=0.0, pixel_steps=0)
    assert features.discriminator is not None


@pytest.mark.parametrize(
    ("options", "batch", "message"),
    [
        ({"window": 5}, 4, "so many frames in a row, and a clip has 4; give -o window=4 or less, or more frames"),
        ({}, 513, "--batch-size 513: 512 clips in a batch are the most"),
        ({"pixels": 0.0}, 4, "pixels=0: nothing would teach the generator"),
        ({"pixels": 0.0, "pixel_steps": 0, "features": 0.0, "adversarial": 0.0}, 4, "nothing would teach"),
        ({"by": "label", "classes": ()}, 4, "has no labels of two classes or more"),
    ],
)
def test_what_cannot_be_built_is_refused(options, batch, message):
    options = dict(options)
    classes = options.pop("classes", ("left", "right"))
    with pytest.raises(UsageError, match=message):
        make(classes=classes, batch=batch, **options)

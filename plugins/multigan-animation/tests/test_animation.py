"""Clips from noise keep the contract; content, motion, length and loops are what they are said to be."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_animation import OPTIONS
from multigan_animation.critics import frame_critic
from multigan_animation.film import closing, moved
from multigan_animation.game import Animation

from multigan import BatchNormalization, DataInfo, UsageError
from multigan.engine import autodiff
from multigan.testing import Contract

SMALL = {"width": 4, "critic_width": 4, "codes": 6, "content_dim": 5, "motion_dim": 3}
DATA = {"size": "8", "frames": 4}
VARIANTS = {
    "plain": {"poses": 2},
    "shift": {
        "clip_critic": "shift",
        "label_drives": "motion",
        "drawn": "anew",
        "r1": 1.0,
        "loss": "relativistic-paired",
        "frames_seen": "apart",
        "augment": "color,translation,cutout",
        "augment_probability": 0.7,
    },
    # Of four channels all may be silent in a sample, and nothing then changes it.
    "2+1d": {
        "width": 12,
        "clip_critic": "2+1d",
        "by": "nothing",
        "pack": 2,
        "minibatch_stddev": True,
        "instance_noise": 0.1,
    },
    "3d": {"clip_critic": "3d", "spectral_norm": False, "ema": 0.0, "frames_judged": 0, "channels": 4},
}
# On TensorFlow alone: what they are made of is in other variants.
ONCE = {"3d"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    return Contract("animation", options={**SMALL, **DATA, **VARIANTS[request.param]})


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(shape=(4, 8, 8, 1), classes=("left", "right"), **options):
    defaults = {key: option.default for key, option in OPTIONS.items()} | SMALL
    game = Animation(DataInfo(name="test", shape=shape, field="clip", classes=classes), **defaults | options)
    game.plan(100, 4)
    game.compile()
    return game


def asked(count, loop=0.0):
    return {"label": np.arange(count, dtype="int32") % 2, "loop": np.full((count, 1), loop, "float32")}


def same(count, label=0):
    return {"label": np.full(count, label, "int32"), "loop": np.zeros((count, 1), "float32")}


def told_to_frames(game):
    """What the frames' network is told of each frame: content, code, and the class where it is told that."""
    network = game.networks("generator")[0]
    drawn = "generator" if game.options["drawn"] == "anew" else "placed"
    (node,) = network.get_layer(drawn)._inbound_nodes[-1:]
    return node.input_tensors[-1]


@pytest.mark.parametrize(("size", "channels"), [(32, 4), (64, 3), (128, 1)])
def test_frames_of_32_to_128_pixels_with_1_to_4_channels(size, channels):
    game = make((2, size, size, channels), width=2, critic_width=2)
    assert game.sample(2, 0, asked(2)).shape == (2, 2, size, size, channels)


@pytest.mark.backends
def test_a_clip_of_another_length_begins_as_the_usual_one_does():
    game = make()
    usual = game.sample(3, 7, asked(3))
    with game.lasting(9):
        longer = game.sample(3, 7, asked(3))
        assert game.latents(3, 7)["motion"].shape == (3, 11, 3)
    with game.lasting(2):
        shorter = game.sample(3, 7, asked(3))
    assert (longer.shape, shorter.shape) == ((3, 9, 8, 8, 1), (3, 2, 8, 8, 1))
    np.testing.assert_allclose(longer[:, :4], usual, atol=1e-5)
    np.testing.assert_allclose(shorter, usual[:, :2], atol=1e-5)
    assert np.abs(np.diff(longer, axis=1)).reshape(3, 8, -1).max(axis=2).min() > 1e-4, "it goes on moving"
    np.testing.assert_array_equal(game.sample(3, 7, asked(3)), usual)


def test_other_lengths_have_the_averages_weights():
    game = make(ema=0.5, learning_rate=0.05)
    batch = {"clip": np.random.default_rng(0).uniform(-1, 1, (4, 4, 8, 8, 1)).astype("float32")}
    batch["label"] = np.arange(4, dtype="int32") % 2
    for _ in range(3):
        game.run_turns(game.turns, batch)
    usual = game.sample(2, 0, asked(2))
    with game.lasting(6):
        np.testing.assert_allclose(game.sample(2, 0, asked(2))[:, :4], usual, atol=1e-5)
    own = ops.convert_to_numpy(game.generator(_inputs(game, asked(2)), training=False))
    assert np.abs(own - usual).max() > 1e-4


def _inputs(game, asked):
    return [*game.latents(2, 0).values(), *asked.values()]


@pytest.mark.parametrize("drawn", ["once", "anew"])
def test_content_is_drawn_once_and_the_class_reaches_the_motion(drawn):
    """With one content and two motions the frames' network is told the same content in every frame of both clips."""
    game = make(label_drives="motion", drawn=drawn)
    seen = keras.Model(game.generator.inputs, told_to_frames(game))
    latents = game.latents(2, 0)
    latents["content"][1] = latents["content"][0]
    told = ops.convert_to_numpy(seen([*latents.values(), *asked(2).values()])).reshape(2, 4, -1)
    content, codes = told[..., :5], told[..., 5:]
    assert codes.shape[-1] == 6, "the class is not told to the frames"
    np.testing.assert_array_equal(content, np.broadcast_to(latents["content"][:1, None], content.shape))
    assert np.abs(np.diff(codes, axis=1)).min(axis=-1).max() > 0
    others = ops.convert_to_numpy(seen([*latents.values(), *same(2, 1).values()])).reshape(2, 4, -1)
    assert np.abs(others[0, :, 5:] - codes[0]).max() > 1e-3
    np.testing.assert_array_equal(others[1], told[1])


@pytest.mark.backends
def test_the_code_after_the_last_is_the_first_where_the_motion_closes():
    game = make((8, 8, 8, 1))
    codes = game.generator.get_layer("codes")
    network = keras.Model(game.generator.inputs, [codes.output, told_to_frames(game)])
    plain, closed = (
        [ops.convert_to_numpy(each) for each in network([*game.latents(2, 0).values(), *asked(2, loop).values()])]
        for loop in (0.0, 1.0)
    )
    raw = plain[0]
    told = [each[1].reshape(2, 8, -1)[..., 7:13] for each in (plain, closed)]
    np.testing.assert_allclose(told[0], raw[:, :-1], atol=1e-6)
    back = np.append(closing(8), 1.0)
    wanted = raw + back[None, :, None] * (raw[:, :1] - raw[:, -1:])
    np.testing.assert_allclose(wanted[:, -1], raw[:, 0], atol=1e-6)
    np.testing.assert_allclose(told[1], wanted[:, :-1], atol=1e-6)
    np.testing.assert_allclose(told[1][:, :5], raw[:, :5], atol=1e-6)


def test_the_way_back_takes_the_second_half_and_is_even():
    assert closing(8)[:5].tolist() == [0] * 5
    assert closing(8)[6] == pytest.approx(0.5)
    assert closing(8)[5] + closing(8)[7] == pytest.approx(1)


@pytest.mark.parametrize("form", ["stack", "shift", "2+1d", "3d"])
@pytest.mark.parametrize("frames", [2, 5, 16])
def test_discriminators_of_clips_see_the_order_of_frames(form, frames):
    game = make((frames, 8, 8, 2), clip_critic=form, frames_judged=1)
    clips = np.random.default_rng(0).uniform(-1, 1, (3, frames, 8, 8, 2)).astype("float32")
    labels = np.zeros(3, "int32")
    whole = game.discriminator[0]
    one, other = (ops.convert_to_numpy(whole([x, labels], training=False)) for x in (clips, clips[:, ::-1].copy()))
    assert one.shape == (3, 1)
    assert np.abs(one - other).min() > 1e-5


@pytest.mark.backends
def test_features_are_shifted_in_time():
    from multigan_animation.critics import shifted

    given = np.arange(3 * 8, dtype="float32").reshape(1, 3, 1, 1, 8) + 1
    made = ops.convert_to_numpy(shifted(ops.convert_to_tensor(given)))[0, :, 0, 0]
    given = given[0, :, 0, 0]
    np.testing.assert_array_equal(made[:, :2], [[0, 0], *given[:2, :2]])
    np.testing.assert_array_equal(made[:, 2:4], [*given[1:, 2:4], [0, 0]])
    np.testing.assert_array_equal(made[:, 4:], given[:, 4:])


@pytest.mark.backends
def test_frames_that_are_judged_are_different_ones_of_their_own_clip():
    game = make((6, 8, 8, 1), frames_judged=4)
    numbers = np.broadcast_to(np.arange(12, dtype="float32").reshape(2, 6, 1, 1, 1), (2, 6, 8, 8, 1))
    found = set()
    for _ in range(8):
        picked = ops.convert_to_numpy(game.picked(ops.convert_to_tensor(numbers.copy())))
        assert picked.shape == (2, 4, 8, 8, 1)
        for clip, some in enumerate(picked[..., 0, 0, 0]):
            assert len(set(some)) == 4
            assert set(some) <= set(range(6 * clip, 6 * clip + 6))
        found |= set(picked[..., 0, 0, 0].ravel().tolist())
    assert found == set(range(12))


@pytest.mark.backends
def test_frames_are_compared_with_the_others_of_their_clip():
    """A score that hangs on the other frames, wherever things are in them; and one that does not, where they are seen
    apart, or where there is but one.
    """
    clips = np.zeros((2, 3, 16, 16, 1), "float32") - 1
    draw = np.random.default_rng(0)
    for clip in clips:
        clip[:, 4:9, 4:9, 0] = draw.uniform(-1, 1, (5, 5))
    other = clips.copy()
    other[:, 2] = np.roll(clips[::-1, 2], 4, axis=1)  # another thing, elsewhere
    for compared, count in ((True, 3), (False, 3), (True, 1)):
        network = frame_critic((count, 16, 16, 1), 8, norm="spectral", compared=compared)
        for weights in network.trainable_weights:
            weights.assign(ops.convert_to_tensor(draw.normal(0, 0.3, weights.shape).astype("float32")))
        before, after = (ops.convert_to_numpy(network(x[:, -count:], training=False)) for x in (clips, other))
        assert before.shape == (2, count)
        if count > 1:
            changed = np.abs(before - after)[:, :2].max()
            assert changed > 1e-4 if compared else changed < 1e-6


@pytest.mark.backends
def test_features_are_moved_turned_and_scaled_in_closed_form():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(1, 5, 7, 2)).astype("float32")

    def made(*how):
        return ops.convert_to_numpy(moved(ops.convert_to_tensor(x), ops.convert_to_tensor(np.float32([how]))))

    step = 2 / 6, 2 / 4  # from column to column, and from row to row
    np.testing.assert_allclose(made(0, 0, 0, 0, 0, 0), x, atol=1e-5)
    right = np.concatenate([np.zeros_like(x[:, :, :1]), x[:, :, :-1]], axis=2)
    np.testing.assert_allclose(made(0, 0, -step[0], 0, 0, 0), right, atol=1e-5)
    half = 0.5 * (x + np.concatenate([x[:, 1:], np.zeros_like(x[:, :1])], axis=1))
    np.testing.assert_allclose(made(0, 0, 0, 0, 0, step[1] / 2), half, atol=1e-5)
    np.testing.assert_allclose(made(-2, 0, 0, -2, 0, 0), x[:, ::-1, ::-1], atol=1e-5)
    sheared = made(0, step[0] / step[1], 0, 0, 0, 0)  # a column further for each row below the middle
    np.testing.assert_allclose(sheared[:, 3, :-1], x[:, 3, 1:], atol=1e-5)
    np.testing.assert_allclose(sheared[:, 2], x[:, 2], atol=1e-5)
    assert np.abs(made(0, 0, 9, 0, 0, 0)).max() == 0, "nothing comes from outside"


@pytest.mark.backends
def test_a_content_is_drawn_once_a_clip_and_frames_blend_its_poses():
    game = make((6, 16, 16, 1), poses=3)
    network = game.networks("generator")[0]
    assert network.get_layer("canvas").output.shape == (None, 8, 8, 3 * 4)
    assert network.get_layer("placed").count_params() > 0
    frames = network.get_layer("placed")
    latents = game.latents(2, 0)
    latents["motion"][1] = latents["motion"][0]
    made = game.sample_at(latents, asked(2) | {"label": np.zeros(2, "int32")})
    assert np.abs(made[0] - made[1]).max() > 1e-3, "another content is another thing"
    assert frames.input[0].shape == (None, 8, 8, 12)


@pytest.mark.parametrize(("options", "told"), [({"poses": 1}, 0), ({"poses": 2, "label_drives": "motion"}, 0), ({}, 2)])
def test_several_poses_are_drawn_for_the_class(options, told):
    """The canvas hears the class where it draws several poses, unless the class is told to the motion alone."""
    game = make(**{"poses": 2} | options)
    canvas = game.generator.get_layer("canvas")
    assert canvas.input_shape == (None, SMALL["content_dim"] + told)
    content = game.latents(1, 0)["content"]
    drawn = [
        ops.convert_to_numpy(canvas(np.concatenate([content, np.eye(2, dtype="float32")[None, label]], axis=1)))
        for label in range(told)
    ]
    assert not drawn or np.abs(drawn[0] - drawn[1]).max() > 1e-4


def values(terms):
    return {name: float(ops.convert_to_numpy(value)) for name, value in terms.items()}


@pytest.mark.backends
@pytest.mark.parametrize("seen", ["together", "apart"])
def test_losses_in_closed_form(seen):
    """Hinge, of clips and of frames, each its own mean."""
    game = make((4, 8, 8, 1), frames_judged=4, frames_seen=seen)
    batch = {"clip": np.random.default_rng(0).uniform(-1, 1, (4, 4, 8, 8, 1)).astype("float32")}
    batch = {"clip": ops.convert_to_tensor(batch["clip"]), "label": ops.convert_to_tensor(np.array([0, 1, 1, 0]))}
    fake = game.fake(batch)
    game.fake = lambda batch: fake
    for clips in [batch["clip"], fake] * 20:  # until power iterations hardly change what kernels are divided by
        game.scores(clips, batch)
    scores = []
    for clips in (batch["clip"], fake):
        found = game.scores(clips, batch)
        scores.append({name: ops.convert_to_numpy(each) for name, each in found.items()})
        assert {name: each.shape for name, each in found.items()} == {"clips": (4, 1), "frames": (4, 4)}
    # Power iterations go on with every call: close, not equal.
    terms = values(game.opponent_loss(batch))
    for name in ("clips", "frames"):
        real, made = (each[name] for each in scores)
        wanted = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + made).mean()
        assert terms[name] == pytest.approx(wanted, rel=0.05)
        assert values(game.generator_loss(batch))[name] == pytest.approx(-made.mean(), rel=0.2, abs=0.02)


@pytest.mark.backends
def test_both_discriminators_see_augmented_clips_whose_frames_are_all_changed_alike():
    game = make((4, 16, 16, 1), augment="color,translation,cutout", frames_judged=2)
    frame = np.random.default_rng(0).uniform(-1, 1, (8, 1, 16, 16, 1)).astype("float32")
    still = ops.convert_to_tensor(np.repeat(frame, 4, axis=1))
    batch = {"clip": still, "label": ops.convert_to_tensor(np.arange(8, dtype="int32") % 2)}
    game.fake = lambda batch: still
    judged, seen = game.scores, []
    game.scores = lambda view, batch: seen.append(ops.convert_to_numpy(view)) or judged(view, batch)
    game.opponent_loss(batch)
    game.generator_loss(batch)
    assert len(seen) == 3, "real clips, generated ones, and these again in the generator's turn"
    for view in seen:
        np.testing.assert_allclose(view, np.repeat(view[:, :1], 4, axis=1), atol=1e-5)
        assert (np.abs(view[:, :1] - frame).max(axis=(1, 2, 3, 4)) > 1e-2).all()
    assert np.abs(seen[0] - seen[1]).max() > 1e-2


@pytest.mark.backends
def test_the_generators_gradient_flows_through_augmented_clips():
    game = make((4, 16, 16, 1), augment="color,translation,cutout")
    batch = {"clip": np.random.default_rng(0).uniform(-1, 1, (8, 4, 16, 16, 1)).astype("float32")}
    batch = {"clip": ops.convert_to_tensor(batch["clip"]), "label": ops.convert_to_tensor(np.arange(8) % 2)}
    variables = game.player_variables("generator")
    _, gradients, _ = autodiff.value_and_grad(lambda: (sum(game.generator_loss(batch).values()), {}), variables)
    for variable, gradient in zip(variables, gradients, strict=True):
        assert np.abs(ops.convert_to_numpy(gradient)).max() > 0, variable.path


def test_data_without_classes_are_asked_for_nothing_but_loops():
    game = make(classes=())
    assert game.asks == ("loop",)
    assert game.sample(2, 0, {"loop": np.zeros((2, 1), "float32")}).shape == (2, 4, 8, 8, 1)
    assert make(classes=("all",)).asks == ("loop",)
    with pytest.raises(UsageError, match="all of it is of one class"):
        make(classes=("all",), by="label")


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((4, 8, 8, 1), {"frames_judged": 5}, "frames_judged=5: more than the 4 frames of a clip"),
        ((4, 9, 9, 1), {}, "images of 9 x 9 cannot be halved"),
        ((4, 8, 8, 1), {"pack": 2}, "a conditional game judges single samples"),
        ((4, 8, 8, 1), {"spectral_norm": False, "r1": 1.0}, "add -o spectral_norm=true"),
        ((4, 8, 8, 1), {"loss": "hinge", "label_smoothing": 0.1}, "the hinge loss has no labels"),
    ],
)
def test_what_cannot_be_built_is_refused(shape, options, message):
    with pytest.raises(UsageError, match=message):
        make(shape, **options)


def test_with_a_norm_of_batches_nothing_is_divided_by_its_singular_value():
    game = make((4, 16, 16, 1), spectral_norm=False, clip_critic="stack")
    layers = [layer for network in game.discriminator for layer in network._flatten_layers()]
    assert [layer for layer in layers if isinstance(layer, BatchNormalization)]
    assert not [layer for layer in layers if type(layer).__name__ == "SpectralNormalization"]


def test_it_is_exported_in_plain_keras(tmp_path):
    from multigan.trained.exporting import export_keras, verifier

    game = make()
    export_keras(game, tmp_path / "model.keras", verifier(game, "float32", 2))
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert not [layer for layer in loaded._flatten_layers() if type(layer).__module__.startswith("multigan")]

"""Inpainting keeps the contract; fills the hole and nothing else."""

import functools

import keras
import numpy as np
import pytest
from keras import ops
from multigan_inpaint import OPTIONS
from multigan_inpaint.game import Inpainting
from multigan_inpaint.inputs import composite

from multigan import DataInfo, Field, UsageError
from multigan.testing import Contract

SMALL = {"width": 4, "critic_width": 4, "size": "16", "blocks": 1, "perceptual": 0.0}
VARIANTS = {
    "fourier": (Contract.CHECKS, {"ema": 0.9}),
    # A hinge's last bias learns nothing while all scores are within the margin, as they are at first.
    "gated": (
        ("losses_are_finite", "every_variable_learns", "samples_are_deterministic", "conditions_matter"),
        {"network": "gated", "stages": 2, "loss": "non-saturating", "r1": 0.0, "channels": 1},
    ),
    # What is quick to compile: these run on every backend.
    "quick": (("every_variable_learns", "conditions_matter"), {"downs": 1, "r1": 0.0, "feature_matching": 0.0}),
}


@functools.cache
def contract_of(variant):
    return Contract("inpaint", options={**SMALL, **VARIANTS[variant][1]}, batch_size=4)


@pytest.mark.parametrize(
    ("variant", "check"), [(name, check) for name in ("fourier", "gated") for check in VARIANTS[name][0]]
)
def test_contract(variant, check, tmp_path):
    contract_of(variant).run(check, tmp_path)


@pytest.mark.backends
@pytest.mark.parametrize("check", VARIANTS["quick"][0])
def test_the_contract_on_every_backend(check, tmp_path):
    contract_of("quick").run(check, tmp_path)


def data(shape=(16, 16, 3), source=None, mask=None, kinds=("picture", "mask")):
    fields = [
        Field(name="source", kind=kinds[0], shape=source or shape),
        Field(name="mask", kind=kinds[1], shape=mask or (*shape[:2], 1)),
    ]
    return DataInfo(name="test", shape=shape, beside=tuple(fields[: len([kind for kind in kinds if kind])]))


def make(shape=(16, 16, 3), **options):
    defaults = {key: option.default for key, option in OPTIONS.items()}
    small = {"width": 2, "critic_width": 2, "blocks": 1, "perceptual": 0.0}
    game = Inpainting(data(shape), **defaults | small | options)
    game.plan(10, 2)
    game.compile()
    return game


def record(shape, holes):
    """Pictures and what they are asked by: `holes` are functions that dig into a mask."""
    image = np.random.default_rng(0).uniform(-1, 1, (len(holes), *shape)).astype("float32")
    mask = np.zeros((len(holes), *shape[:2], 1), "float32")
    for each, dig in zip(mask, holes, strict=True):
        dig(each)
    return {"image": image, "source": image * (1 - mask), "mask": mask}


def box(mask):
    mask[3:9, 4:8] = 1


def everything(mask):
    mask[:] = 1


def nothing(mask):
    pass


GAMES = {
    "fourier": {"network": "fourier"},
    "gated": {"network": "gated", "stages": 1, "loss": "hinge"},
    "empty": {"network": "gated", "stages": 2, "start": "empty"},
}


@pytest.mark.parametrize("options", GAMES.values(), ids=GAMES)
@pytest.mark.parametrize("channels", [1, 4])
def test_outside_of_the_hole_nothing_changes_to_the_bit(options, channels):
    game, batch = make((16, 16, channels), **options), record((16, 16, channels), [box, everything, nothing])
    made = game.sample(3, 0, {"source": batch["source"], "mask": batch["mask"]})
    hole = np.broadcast_to(batch["mask"] == 1, made.shape)
    np.testing.assert_array_equal(made[~hole], batch["image"][~hole])
    assert not np.array_equal(made[hole], batch["source"][hole])
    assert np.isfinite(made).all()


@pytest.mark.parametrize("options", GAMES.values(), ids=GAMES)
@pytest.mark.parametrize("dig", [everything, nothing])
def test_a_mask_of_all_or_of_nothing_trains(options, dig):
    game, batch = make(**options), record((16, 16, 3), [dig, dig])
    batch = {key: ops.convert_to_tensor(values) for key, values in batch.items()}
    for turn in game.turns:
        done = game.update(turn, batch)
        assert all(np.isfinite(float(value)) for part in done.values() for value in part.values()), done


def test_nothing_in_the_hole_is_looked_at():
    game, batch = make(), record((16, 16, 3), [box])
    found = [game.sample(1, 0, {"source": s, "mask": batch["mask"]}) for s in (batch["source"], batch["image"])]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("options", GAMES.values(), ids=GAMES)
def test_pictures_of_other_sizes_are_filled_too(options):
    game, batch = make(**options), record((24, 12, 3), [box])
    made = game.sample(1, 0, {"source": batch["source"], "mask": batch["mask"]})
    hole = np.broadcast_to(batch["mask"] == 1, made.shape)
    np.testing.assert_array_equal(made[~hole], batch["image"][~hole])


def test_the_whole_picture_counts():
    """One Fourier convolution carries a far corner into the hole, where kernels of 3 x 3 do not reach."""
    game, batch = make((64, 64, 3), start="empty"), record((64, 64, 3), [box])
    other = {**batch, "source": batch["source"].copy()}
    other["source"][0, -4:, -4:] = 1
    one, two = (game.sample(1, 0, {key: each[key] for key in ("source", "mask")}) for each in (batch, other))
    assert np.abs(one - two)[0, 3:9, 4:8].max() > 0


@pytest.mark.parametrize(
    ("source", "mask", "told"),
    [
        ((1, 16, 16, 3), (1, 8, 12, 1), "masks of 8 x 12 pixels for pictures of 16 x 16"),
        ((1, 16, 16, 1), (1, 16, 16, 1), r"pictures of shape \(16, 16, 1\).*3 channels"),
        ((1, 16, 16, 3), (1, 16, 16, 3), r"masks of shape \(16, 16, 3\).*by masks of one"),
        ((1, 16, 18, 3), (1, 16, 18, 1), "16 x 18 pixels.*sides that 4 divides, such as 16x16"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_size(source, mask, told):
    with pytest.raises(UsageError, match=told):
        make().sample(1, 0, {"source": np.zeros(source, "float32"), "mask": np.zeros(mask, "float32")})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (data(kinds=("", "")), "no holes to fill; add -o make=mask"),
        (data(kinds=("picture", "")), "draws holes into whole pictures by itself, and needs no others; leave out --to"),
        (data(kinds=("labelmap", "mask")), "no holes to fill"),
        (data(source=(8, 8, 3)), r"shape \(16, 16, 3\) beside \(8, 8, 3\)"),
        (data(source=(16, 16, 1)), "the same channels"),
        (data(mask=(8, 16, 1)), "masks of 8 x 16 pixels beside pictures of 16 x 16"),
        (data((16, 18, 3)), "16 x 18 pixels.*such as 16x16"),
    ],
)
def test_data_that_do_not_fit_are_refused(given, told):
    with pytest.raises(UsageError, match=told):
        Inpainting(given, **{key: option.default for key, option in OPTIONS.items()} | {"width": 2, "critic_width": 2})


def test_the_generators_terms_are_the_weighted_distances_in_the_hole_and_outside():
    game, batch = make(adversarial=2.0, hole=3.0, known=5.0), record((16, 16, 3), [box, box])
    terms = {key: float(value) for key, value in game.generator_loss(batch).items()}
    made = ops.convert_to_numpy(game.generator([batch["source"], batch["mask"]], training=True))
    distance = np.abs(made - batch["image"])
    hole = np.broadcast_to(batch["mask"] == 1, made.shape)
    assert terms["hole"] == pytest.approx(3.0 * distance[hole].mean(), rel=1e-4)
    assert terms["known"] == pytest.approx(5.0 * distance[~hole].mean(), rel=1e-4)
    assert {*terms} == {"hole", "known", "adversarial", "features"}


@pytest.mark.parametrize("options", [{}, {"network": "gated", "stages": 1}], ids=["fourier", "gated"])
def test_a_network_learns_two_holes_by_heart(options):
    game, batch = make(width=8, adversarial=0.0, feature_matching=0.0, **options), record((16, 16, 3), [box, box])
    batch = {key: ops.convert_to_tensor(values) for key, values in batch.items()}
    (turn,) = game.turns
    distances = [float(game.update(turn, batch)["losses"]["generator/hole"]) for _ in range(60)]
    assert distances[-1] < 0.5 * distances[0]


def test_batch_norm_is_there_only_where_it_is_asked_for():
    """With it the Fourier network stays at its first guess of a photograph for thousands of updates."""
    kinds = [{type(layer).__name__ for layer in make(norm=norm).generator.layers} for norm in ("none", "batch")]
    assert ["BatchNormalization" in found for found in kinds] == [False, True]
    assert OPTIONS["norm"].default == "none"


def test_what_a_trained_network_sees_of_filled_pictures_is_compared(monkeypatch):
    monkeypatch.setattr(
        "multigan.modalities.images.extractors.perceptual.picture_features", lambda x: [2.0 * x, x - 1.0]
    )
    game, batch = make(perceptual=5.0), record((16, 16, 3), [box, box])
    batch = {key: ops.convert_to_tensor(values) for key, values in batch.items()}
    made = game.generator([batch["source"], batch["mask"]], training=True)
    filled = ops.convert_to_numpy(composite(batch["image"], batch["mask"], made))
    apart = np.abs(filled - ops.convert_to_numpy(batch["image"])).mean()
    assert float(game.generator_loss(batch)["perceptual"]) == pytest.approx(5 * 1.5 * apart, rel=1e-4)


def test_features_without_their_weights_are_refused_where_a_run_begins(monkeypatch):
    monkeypatch.setattr("multigan.modalities.images.extractors.installed.picture_features_installed", lambda: False)
    make(perceptual=0.0).prepare(None)
    with pytest.raises(UsageError, match=r'perceptual: .* pip install "multigan\[metrics\]"; or set -o perceptual=0'):
        make(perceptual=1.0).prepare(None)


def test_without_an_adversarial_loss_there_is_no_discriminator():
    game, batch = make(adversarial=0.0, feature_matching=0.0), record((16, 16, 3), [box, box])
    assert game.players() == ["generator"]
    assert [*game.generator_loss(batch)] == ["hole"]


def test_the_discriminator_sees_the_filled_picture_and_deepfills_the_mask():
    game, seen = make(loss="hinge"), []
    assert [tuple(each.shape[1:]) for each in game.discriminator.inputs] == [(16, 16, 3), (16, 16, 1)]
    game = make()
    judge, batch = game.judge, record((16, 16, 3), [box, box])
    game.judge = lambda pictures, mask: seen.append(ops.convert_to_numpy(pictures)) or judge(pictures, mask)
    game.generator_loss(batch)
    outside = np.broadcast_to(batch["mask"] == 0, batch["image"].shape)
    for pictures in seen:
        np.testing.assert_array_equal(pictures[outside], batch["image"][outside])


def test_the_discriminator_judges_what_the_generator_made_before_its_update():
    game, batch = make(), record((16, 16, 3), [box, box])
    batch = {key: ops.convert_to_tensor(values) for key, values in batch.items()}

    def filled():
        made = game.generator([batch["source"], batch["mask"]], training=True)
        return ops.convert_to_numpy(composite(batch["image"], batch["mask"], made))

    before = filled()
    game.update(game.turns[0], batch)
    np.testing.assert_allclose(ops.convert_to_numpy(game.handed.take()), before, atol=1e-5)
    assert not np.allclose(filled(), before, atol=1e-4)


def test_both_stages_of_a_gated_network_learn():
    game, batch = make(network="gated", stages=2, known=1.0), record((16, 16, 3), [box, box])
    assert {"coarse_hole", "coarse_known", "hole", "known"} <= {*game.generator_loss(batch)}
    assert len(game.generator.outputs) == 2
    assert len(game.sampler.outputs) == 1


def test_the_optimizers_have_their_rates():
    rates = {player: float(each.learning_rate) for player, each in make().optimizers().items()}
    assert rates == pytest.approx({"generator": 1e-3, "discriminator": 4e-4})
    assert make(beta_1=0.5).optimizers()["generator"].beta_1 == 0.5


@pytest.mark.backends
@pytest.mark.parametrize("options", GAMES.values(), ids=GAMES)
def test_a_saved_network_fills_the_same(options, tmp_path):
    game, batch = make(**options), record((16, 16, 3), [box])
    game.sampler.save(tmp_path / "filler.keras")
    again = keras.saving.load_model(tmp_path / "filler.keras")
    inputs = [batch["source"], batch["mask"]]
    one, two = (ops.convert_to_numpy(network(inputs, training=False)) for network in (game.sampler, again))
    np.testing.assert_allclose(one, two, atol=1e-6)

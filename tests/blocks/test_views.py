"""What the opponent is shown: packs, noise, augmentation; of real and generated samples, in both turns."""

import numpy as np
import pytest
from keras import ops
from tiny import IMAGES, POINTS, Given, Tiny, batch_of, kernel, make, normal, numpy

from multigan import Condition, DataInfo, UsageError, pack
from multigan.engine import autodiff

pytestmark = pytest.mark.backends


@pytest.mark.parametrize("shape", [(6, 2), (6, 4, 4, 1)], ids=["points", "images"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_pack_is_made_of_different_samples_side_by_side(shape, count):
    samples = normal(*shape)
    packed = numpy(pack(ops.convert_to_tensor(samples), count))
    assert packed.shape == (6 // count, *shape[1:-1], count * shape[-1])
    for index, one in enumerate(packed):
        expected = np.concatenate(samples[index * count : (index + 1) * count], axis=-1)
        np.testing.assert_array_equal(one, expected)


@pytest.mark.parametrize("data", [POINTS, IMAGES], ids=["points", "images"])
def test_the_opponent_judges_packs_of_real_and_packs_of_generated_samples(data):
    game = make(data=data, pack=2)
    real = normal(6, *data.shape)
    game.opponent_loss(batch_of(real))
    shown, generated = game.seen
    np.testing.assert_array_equal(shown, numpy(pack(ops.convert_to_tensor(real), 2)))
    assert generated.shape == shown.shape == (3, *data.shape[:-1], 2 * data.shape[-1])
    halves = np.split(generated, 2, axis=-1)
    assert not np.isclose(*halves).any()
    game.generator_loss(batch_of(real))
    assert game.seen[2].shape == shown.shape


def test_a_batch_that_cannot_be_packed_is_refused_in_one_sentence():
    game = make(pack=4)
    with pytest.raises(UsageError) as caught:
        game.run_turn(game.turns[0], {"point": normal(6, 2)})
    assert str(caught.value) == "pack=4: a batch of 6 cannot be packed; give a --batch-size that 4 divides"


def test_a_conditional_game_does_not_pack():
    class Conditional(Tiny):
        def choose_condition(self, data):
            return Condition("label", 2)

    with pytest.raises(UsageError, match="leave pack at 1"):
        make(Conditional, pack=2)


def test_a_sample_is_scored_in_a_pack_of_itself():
    game, samples = make(pack=3), normal(5, 2)
    np.testing.assert_allclose(
        game.score(samples), (np.tile(samples, 3) @ kernel(game, "discriminator"))[:, 0], rtol=1e-5
    )


def test_instance_noise_has_its_variance_on_real_and_on_generated_samples_in_both_turns():
    game = make(Given, instance_noise=0.3)
    batch = batch_of(np.full((5000, 2), 3.0), fake=np.full((5000, 2), -1.0))
    game.opponent_loss(batch)
    game.generator_loss(batch)
    for seen, mean in zip(game.seen, (3.0, -1.0, -1.0), strict=True):
        assert seen.mean() == pytest.approx(mean, abs=0.02)
        assert seen.var() == pytest.approx(0.09, rel=0.05)
        assert abs(np.corrcoef(seen.T)[0, 1]) < 0.05
    assert abs(np.corrcoef(game.seen[0][:, 0], game.seen[1][:, 0])[0, 1]) < 0.05


@pytest.mark.parametrize("pack", [1, 2])
def test_noise_on_points_is_in_the_datas_deviations(pack):
    game = make(
        Given,
        DataInfo(name="points", shape=(2,), field="point", facts={"mean": (7.0, 7.0), "scale": (50.0, 0.01)}),
        instance_noise=0.3,
        pack=pack,
    )
    game.opponent_loss(batch_of(np.zeros((5000, 2)), fake=np.zeros((5000, 2))))
    for seen in game.seen:
        np.testing.assert_allclose(seen.std(axis=0), [15.0, 0.003] * pack, rtol=0.05)


class Thrice(Given):
    opponent_updates = 3


@pytest.mark.parametrize(("kind", "updates"), [(Given, 1), (Thrice, 3)])
def test_instance_noise_falls_linearly_with_the_steps_and_ends(kind, updates):
    game = make(kind, instance_noise=0.4, instance_noise_steps=8)
    batch = batch_of(np.zeros((5000, 2)), fake=np.zeros((5000, 2)))
    for step, share in ((0, 1.0), (2, 0.75), (6, 0.25), (8, 0.0), (20, 0.0)):
        game.player_optimizers["discriminator"].iterations.assign(step * updates)
        game.looks.clear() if hasattr(game, "looks") else None
        game.opponent_loss(batch)
        for seen in game.seen:
            assert seen.std() == pytest.approx(0.4 * share, rel=0.03)


def test_noise_falls_and_ends_inside_the_compiled_step():
    game = make(Given, instance_noise=0.5, instance_noise_steps=4, learning_rate=0.0)
    batch = {"point": normal(8, 2), "fake": normal(8, 2)}
    # With rates of zero the weights stay: only noise moves the loss.
    losses = [game.run_turn(game.turns[0], batch)["losses"]["discriminator/adversarial"] for _ in range(7)]
    losses = [float(numpy(value)) for value in losses]
    assert len(set(losses[:5])) == 5
    assert losses[4] == losses[5] == losses[6]


@pytest.mark.parametrize("policy", ["color", "translation", "cutout"])
def test_augmentation_changes_real_and_generated_images_alike(policy):
    game = make(Given, IMAGES, augment=policy)
    images = np.linspace(-1, 1, 64, dtype="float32").reshape(8, 8, 1)
    batch = batch_of(np.tile(images, (200, 1, 1, 1)), fake=np.tile(images, (200, 1, 1, 1)))
    game.opponent_loss(batch)
    game.generator_loss(batch)
    for seen in game.seen:
        assert (np.abs(seen - images).max(axis=(1, 2, 3)) > 1e-3).mean() > 0.7
        np.testing.assert_allclose(seen.mean(axis=0), game.seen[0].mean(axis=0), atol=0.25)
        np.testing.assert_allclose(seen.std(axis=0), game.seen[0].std(axis=0), atol=0.25)
    assert not np.allclose(game.seen[0], game.seen[1])


@pytest.mark.parametrize("option", [{"augment": "color,translation,cutout"}, {"instance_noise": 0.1}, {"pack": 2}])
def test_the_generators_gradient_flows_through_what_the_opponent_is_shown(option):
    game = make(data=IMAGES, **option)
    batch = batch_of(normal(8, 8, 8, 1))

    def loss():
        terms = game.generator_loss(batch)
        return terms["adversarial"], {}

    _, (gradient,), _ = autodiff.value_and_grad(loss, game.player_variables("generator"))
    assert (np.abs(numpy(gradient)) > 0).mean() > 0.9


def test_without_options_the_opponent_sees_the_samples_themselves():
    game, real = make(data=DataInfo(name="images", shape=(4, 4, 3))), normal(4, 4, 4, 3)
    game.opponent_loss(batch_of(real))
    np.testing.assert_array_equal(game.seen[0], real)

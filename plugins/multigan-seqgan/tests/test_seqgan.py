"""SeqGAN keeps the contract, and its gradient is that of the expected reward."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from multigan_seqgan import SEQGAN
from multigan_seqgan.discriminator import TextDiscriminator
from multigan_seqgan.game import SeqGAN, copy_policy
from multigan_seqgan.policy import valid
from multigan_seqgan.prefixes import judge_ways
from multigan_seqgan.rewards import maligan, normalised, without_mean
from multigan_seqgan.rollouts import rollout_uniforms, rollouts

from multigan import DataInfo, UsageError
from multigan.testing import ArraySource, Contract

pytestmark = pytest.mark.backends

SMALL = {"embedding": 3, "hidden": 4, "discriminator_embedding": 3, "filters": 0.01, "rollouts": 2}
VARIANTS = {
    "oracle": (-1, {"rollout_rate": 0.5}),
    "texts, learned": (0, {"baseline": "learned", "teacher_forcing": 1, "cell": "gru"}),
    "texts, maligan": (0, {"shaping": "maligan", "baseline": "mean", "rollouts": 0, "temperature": 0.7}),
    "control": (0, {"reward": "random", "discriminator_pretrain_steps": 1, "adversarial_learning_rate": 0.001}),
}
V, LENGTH = 3, 4
EVERY = np.array(list(itertools.product(range(V), repeat=LENGTH)), "int32")
# What each token is worth at each place.
WORTH = np.random.default_rng(5).normal(size=(LENGTH, V)).astype("float32")


def texts(end, count=40):
    tokens = np.random.default_rng(0).integers(0, 7, (count, 3))
    if end >= 0:
        over = np.cumsum(tokens == end, axis=1) > 0
        tokens[over] = end
    return ArraySource(tokens, "text", facts={"vocabulary": 7, "end": end})


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"texts, maligan", "control"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    end, options = VARIANTS[request.param]
    return Contract("seqgan", options=SMALL | options, data=texts(end))


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def numpy(value):
    return ops.convert_to_numpy(value)


def make(end=-1, seed=0, **options):
    given = {key: option.default for key, option in SEQGAN.items()} | SMALL | options
    keras.utils.set_random_seed(seed)
    game = SeqGAN(DataInfo(name="test", shape=(LENGTH,), facts={"vocabulary": V, "end": end}), seed=seed, **given)
    # A policy that has favourites: one fresh from its initializer has hardly any.
    game.policy.set_weights([8.0 * value for value in game.policy.get_weights()])
    copy_policy(game)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def by_place(texts, counts=None):
    """A discriminator that adds what each token is worth at its place, of those that count."""
    values = ops.sum(ops.one_hot(texts, V) * ops.convert_to_tensor(WORTH)[None], axis=-1)
    return ops.sum(values if counts is None else values * ops.cast(counts, values.dtype), axis=1)


def worth_of(texts, counts=1):
    return (WORTH[np.arange(LENGTH), texts] * counts).sum(axis=1)


@pytest.fixture
def judged(monkeypatch):
    """A game whose discriminator judges by place; it judges whole texts only, as on an accelerator."""
    monkeypatch.setattr("multigan_seqgan.game.accelerators", lambda: ["one"])

    def build(**options):
        game = make(**options)
        object.__setattr__(game, "judge", lambda texts: by_place(texts, game.counted(texts)))
        return game

    return build


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("end", [-1, 0])
def test_a_rollouts_reward_is_the_expectation_over_all_ways_to_go_on(judged, end):
    game = judged(end=end, rollouts=256)
    likely = numpy(ops.exp(game.log_probability(ops.convert_to_tensor(canonical(end)))))
    every = canonical(end)
    value = sigmoid(worth_of(every, numpy(valid(every, end))))
    tokens = every[::5]
    expected = np.empty(tokens.shape)
    for row, text in enumerate(tokens):
        for place in range(LENGTH):
            same = (every[:, : place + 1] == text[: place + 1]).all(axis=1)
            expected[row, place] = (likely * value)[same].sum() / likely[same].sum()
    batch = ops.convert_to_tensor(tokens)
    found = np.mean([numpy(game.rewards(batch)) for _ in range(4)], axis=0)
    assert np.abs(found - expected).max() < 0.04  # 1,024 rollouts: five deviations
    assert np.allclose(found[:, -1], expected[:, -1], atol=1e-5)
    assert np.abs(expected - expected.mean()).max() > 0.2


def canonical(end):
    """All texts, each once: after an end there is nothing else."""
    if end < 0:
        return EVERY
    counts = numpy(valid(ops.convert_to_tensor(EVERY), end))
    return EVERY[(np.where(counts, end, EVERY) == end).all(axis=1)]


@pytest.mark.parametrize("end", [-1, 0])
def test_one_batch_is_what_one_prefix_after_another_gives(end):
    policy, batch, count = make(end=end).policy, 4, 2
    tokens = canonical(end)[: 4 * 3 : 3]
    uniforms = numpy(rollout_uniforms(LENGTH, count, batch, keras.random.SeedGenerator(3)))
    found = numpy(rollouts(policy, ops.convert_to_tensor(tokens), ops.convert_to_tensor(uniforms), end))
    starts = np.cumsum([0, *range(1, LENGTH)])
    for prefix, way, row in itertools.product(range(1, LENGTH), range(count), range(batch)):
        given = np.zeros((1, LENGTH), "float32")
        for place in range(prefix, LENGTH):
            given[0, place] = uniforms[starts[place - 1] + prefix - 1, way, row]
        begin = np.where(np.arange(LENGTH) < prefix, tokens[row], -1).astype("int32")
        alone = numpy(policy.write(ops.convert_to_tensor(given), 1.0, end, ops.convert_to_tensor(begin)))
        assert np.array_equal(found[prefix - 1, way, row], alone[0]), (prefix, way, row)


@pytest.mark.parametrize("end", [-1, 0])
def test_rollouts_are_judged_prefix_by_prefix_as_one_by_one(end):
    draw, length, count, batch = np.random.default_rng(4), 12, 3, 5
    judge = TextDiscriminator(V, length, embedding=5, filters=0.02)
    judge.set_weights([draw.normal(size=weights.shape) for weights in judge.get_weights()])
    # Some of them long, some that end at once, some in the middle of every window.
    tokens = np.where(draw.random((batch, length)) < 0.12, 0, draw.integers(1, V, (batch, length)))
    ways = np.where(draw.random((length - 1, count, batch, length)) < 0.12, 0, 1)
    for prefix in range(1, length):
        ways[prefix - 1, :, :, :prefix] = tokens[:, :prefix]
    tokens, ways = (ops.convert_to_tensor(given.astype("int32")) for given in (tokens, ways))
    counted = (lambda texts: valid(texts, end)) if end >= 0 else lambda texts: None
    whole, scores = judge_ways(judge, tokens, ways, counted)
    every = ops.reshape(ways, (-1, length))
    assert np.allclose(numpy(whole), numpy(judge(tokens, counted(tokens))), atol=1e-5)
    assert np.allclose(np.ravel(numpy(scores)), numpy(judge(every, counted(every))), atol=1e-5)
    assert numpy(scores).std() > 0.1


@pytest.mark.parametrize("end", [-1, 0])
def test_rewards_do_not_hang_on_the_way_in_which_rollouts_are_judged(end, monkeypatch):
    game, found = make(end=end, filters=0.05), []
    tokens = ops.convert_to_tensor(canonical(end)[::5])
    state = numpy(game.seed.state)
    for seen in ([], ["one"]):
        monkeypatch.setattr("multigan_seqgan.game.accelerators", lambda seen=seen: seen)
        game.seed.state.assign(state)
        found.append(numpy(game.rewards(tokens)))
    assert np.allclose(*found, atol=1e-5)


def test_real_and_written_texts_are_judged_in_one_batch_as_apart():
    game = make(end=0, filters=0.05, dropout=0.0)
    written, real = (ops.convert_to_tensor(EVERY[place::7]) for place in (0, 1))
    written = written[: real.shape[0]]
    object.__setattr__(game, "write", lambda count: written)
    loss = numpy(game.discriminator_loss({"text": real})["adversarial"])
    of_real, of_written = (numpy(game.discriminator(texts, game.counted(texts))) for texts in (real, written))
    expected = 0.5 * (np.log1p(np.exp(-of_real)).mean() + np.log1p(np.exp(of_written)).mean())
    assert loss == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("baseline", ["none", "mean"])
def test_the_policys_gradient_is_that_of_the_expected_reward(judged, temperature, baseline):
    from multigan.engine import autodiff

    game = judged(rollouts=0, temperature=temperature, baseline=baseline)
    tokens, value = ops.convert_to_tensor(EVERY), ops.convert_to_tensor(sigmoid(worth_of(EVERY)).astype("float32"))

    def likelihoods():
        logarithms, _ = game.policy.log_softmax(tokens, temperature)
        return ops.sum(ops.sum(logarithms * ops.one_hot(tokens, V), axis=-1), axis=-1)

    def expected():
        return ops.sum(ops.exp(likelihoods()) * value), ()

    variables = game.player_variables("generator")
    _, exact, _ = autodiff.value_and_grad(expected, variables)
    # As many of each text as it is likely: a batch that is the distribution.
    shares = np.round(20_000 * numpy(ops.exp(likelihoods()))).astype(int)
    batch = ops.convert_to_tensor(np.repeat(EVERY, shares, axis=0))
    object.__setattr__(game, "write", lambda count: batch)

    def loss():
        return game.generator_loss({"text": batch})["policy"], ()

    _, found, _ = autodiff.value_and_grad(loss, variables)
    exact, found = (np.concatenate([np.ravel(numpy(part)) for part in parts]) for parts in (exact, found))
    assert np.linalg.norm(found + exact) < 0.02 * np.linalg.norm(exact)


def test_nothing_behind_the_end_changes_likelihood_scores_or_rewards(judged):
    game = judged(end=0, filters=0.05, rollouts=3)
    one = np.array([[1, 2, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0], [1, 1, 2, 1]], "int32")
    other = np.array([[1, 2, 0, 1], [2, 0, 2, 1], [0, 1, 2, 2], [1, 1, 2, 1]], "int32")
    assert np.allclose(game.log_likelihood(one), game.log_likelihood(other))
    both = [ops.convert_to_tensor(given) for given in (one, other)]
    assert np.allclose(*(numpy(game.discriminator(given, game.counted(given))) for given in both))
    assert np.isclose(*(numpy(game.likelihood_loss({"text": given})["nll"]) for given in both))
    counts = numpy(valid(both[1], 0))
    assert counts.sum(axis=1).tolist() == [3, 2, 1, 4]
    found = numpy(game.rewards(both[0]))
    # A text that is over earns what it is worth, whichever way its rollouts could have gone.
    whole = sigmoid(worth_of(one, counts))
    assert np.allclose(found[:3][counts[:3] & (one[:3] == 0)], whole[:3], atol=1e-6)


def test_rewards_and_rollouts_get_no_gradient():
    from multigan.engine import autodiff

    game = make()
    tokens = ops.convert_to_tensor(EVERY[:8])
    variables = [*game.player_variables("generator"), *game.player_variables("discriminator")]
    _, gradients, _ = autodiff.value_and_grad(lambda: (ops.sum(game.rewards(tokens)), ()), variables)
    assert all((numpy(gradient) == 0).all() for gradient in gradients)


def test_the_rollout_policy_is_the_policy_until_the_first_round_and_lags_from_then_on():
    game = make(rollout_rate=0.6, pretrain_steps=2)
    likelihood, _, rounds = game.phases()
    batch = {"text": EVERY[:8]}
    for _ in range(2):
        game.run_turn(likelihood.turns[0], batch)
    old = game.policy.get_weights()
    assert all(map(np.array_equal, old, game.rollout_policy.get_weights()))
    lagging = old
    for _ in range(2):
        game.run_turn(rounds.turns[0], batch)
        lagging = [0.6 * a + 0.4 * b for a, b in zip(lagging, game.policy.get_weights(), strict=True)]
        assert all(
            np.allclose(a, b, atol=1e-6) for a, b in zip(lagging, game.rollout_policy.get_weights(), strict=True)
        )
    assert not np.array_equal(lagging[0], game.policy.get_weights()[0])


def test_maligans_weights_are_shares_of_the_odds():
    scores = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")
    counts = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 0]], bool)
    odds = (sigmoid(scores) / (1 - sigmoid(scores))).mean(axis=0) * counts
    expected = odds / odds.sum(axis=0) * counts.sum(axis=0)
    found = numpy(normalised(maligan(ops.convert_to_tensor(scores)), ops.convert_to_tensor(counts)))
    assert np.allclose(found, expected, atol=1e-5)
    # Whatever certain discriminators say, the weights stay finite.
    huge = numpy(normalised(maligan(ops.convert_to_tensor(500 * scores)), ops.convert_to_tensor(counts)))
    assert np.isfinite(huge).all()
    assert np.allclose(huge.sum(axis=0), counts.sum(axis=0), atol=1e-4)


def test_the_mean_that_is_subtracted_is_that_of_the_texts_that_are_not_over():
    rewards = ops.convert_to_tensor(np.array([[1.0, 5.0], [3.0, 100.0]], "float32"))
    found = numpy(without_mean(rewards, ops.convert_to_tensor(np.array([[True, True], [True, False]]))))
    assert np.allclose(found[:, 0], [-1, 1])
    assert found[0, 1] == 0


@pytest.mark.once
def test_phases_follow_one_another_and_controls_have_no_discriminator():
    def told(**options):
        phases = make(pretrain_steps=5, discriminator_pretrain_steps=2, **options).phases()
        return [(phase.name, phase.steps, [turn.loss_name for turn in phase.turns]) for phase in phases]

    judge, policy, likelihood = "discriminator_loss", "generator_loss", "likelihood_loss"
    assert told() == [
        ("likelihood", 5, [likelihood]), ("discriminator", 2, [judge]), ("adversarial", None, [policy, judge])
    ]  # fmt: skip
    assert told(teacher_forcing=2)[2][2] == [policy, likelihood, judge]
    assert told(reward="likelihood")[1:] == [("adversarial", None, [likelihood])]
    assert told(reward="constant")[1:] == [("adversarial", None, [policy])]
    assert make().phases() == make().phases()  # equal turns are compiled once


def test_the_learned_baseline_foretells_and_takes_no_gradient_into_the_policy():
    game = make(baseline="learned", reward="constant", adversarial_learning_rate=0.05, pretrain_steps=0)
    (turn,) = game.phases()[-1].turns
    losses = [numpy(game.run_turn(turn, {"text": EVERY})["losses"]["generator/baseline"]) for _ in range(60)]
    assert losses[-1] < 0.1 * losses[0]


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reward": "constant", "baseline": "mean"}, "a constant reward less its mean is nothing"),
        ({"reward": "random", "shaping": "maligan"}, "not reward=random"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        make(**options)


@pytest.mark.once
@pytest.mark.parametrize(("shape", "vocabulary"), [((8, 8, 3), 0), ((1,), 5), ((6,), 1)])
def test_data_that_are_no_texts_are_refused(shape, vocabulary):
    given = {key: option.default for key, option in SEQGAN.items()}
    with pytest.raises(UsageError, match="texts of two tokens or more"):
        SeqGAN(DataInfo(name="pictures", shape=shape, facts={"vocabulary": vocabulary, "end": -1}), **given)


def test_samples_are_steered_and_are_as_before_afterwards():
    game = make(end=0)
    free = game.sample(70, 1)
    game.steer(temperature=0.5, prefix=[2, 1])
    assert (game.sample(70, 1)[:, :2] == [2, 1]).all()
    game.steer()
    assert np.array_equal(game.sample(70, 1), free)


@pytest.mark.once
@pytest.mark.parametrize(
    ("steering", "message"),
    [
        ({"temperature": -0.1}, "expected a number of at least 0"),
        ({"temperature": float("nan")}, "expected a number of at least 0"),
        ({"prefix": [1, 2, 1, 2]}, "a prefix of 4 tokens: texts have 4"),
        ({"prefix": [3]}, "tokens are 0 to 2"),
        ({"prefix": [0]}, "no text goes on after token 0"),
    ],
)
def test_steering_that_leads_nowhere_is_refused(steering, message):
    with pytest.raises(UsageError, match=message):
        make(end=0).steer(**steering)


def test_a_sampler_is_exported_and_writes_the_same_texts(tmp_path):
    from multigan.trained.exporting import export_keras, verifier

    game = make(end=0)
    assert export_keras(game, tmp_path / "text.keras", verifier(game, "float32")).exists()

"""The benchmarks of texts: what is counted and matched in them, and their tables."""

from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def curve(shift):
    """NLL against self-BLEU on a straight line, `shift` above another."""
    points = ((0.5, 2.0, 0.9), (1.0, 3.0, 0.7), (1.5, 4.0, 0.5))
    return [{"temperature": t, "NLL-oracle": nll + shift, "self-BLEU-3": value} for t, nll, value in points]


def run(contender, what, seed, shift, **more):
    values = {"NLL-oracle": 3.0 + shift, "NLL-gen": 3.5, "self-BLEU-3": 0.7}
    return {
        "contender": contender, "what": what, "seed": seed, "steps": 10, "order": 0, "data": "oracle-small",
        "scores": {name: {"value": value} for name, value in values.items()}, "curve": curve(shift),
        "seconds": 60.0, "findings": [], "controls": {},
    } | more  # fmt: skip


MACHINE = {"machine": {"processor": "a processor"}, "date": "2026-01-01T00:00:00Z", "protocol": "As told."}


def test_rows_are_held_against_the_likelihood_model_of_their_seed_at_its_diversity():
    from text_tables import matched_quality, text_table

    base = run("mle", "likelihood", 0, 0.0) | {"scores": {"self-BLEU-3": {"value": 0.6}}}
    assert matched_quality(run("seqgan", "SeqGAN", 0, -0.25), {0: base}) == pytest.approx(3.25)
    assert matched_quality(run("seqgan", "SeqGAN", 1, -0.25), {0: base}) is None
    runs = [run("mle", "likelihood", seed, 0.0) for seed in (0, 1)]
    runs += [run("mle-more", "likelihood, continued", seed, 0.1 - 0.2 * seed) for seed in (0, 1)]
    runs += [run("constant", "constant reward", seed, 0.5) for seed in (0, 1)]
    runs += [run("seqgan", "SeqGAN", seed, 0.0) for seed in (0, 1)]
    table = text_table({**MACHINE, "runs": runs})
    assert "on 1 of 2 seeds beats continued likelihood, on 2 of 2 seeds beats a constant reward" in table
    # Of a line from (.9, 2) to (.5, 4), and of one that is .5 above it.
    assert "| likelihood | 4.000 +- 0.000 | 3.750 +- 0.000 | 3.500 +- 0.000 |" in table
    assert "| constant reward | 4.500 +- 0.000 | 4.250 +- 0.000 | 4.000 +- 0.000 |" in table


def test_the_search_tells_what_discriminators_know_and_what_rewards_teach():
    from text_tables import search_table

    judge = {
        "part": "d", "contender": "d-quarter", "what": "a quarter", "seed": 0, "order": 0, "updates": 600, "auc": 0.53,
        "auc_seen": 0.9, "agreement": 0.07, "best_auc": 0.951,
    }  # fmt: skip
    taught = run("r-base", "SeqGAN", 0, -0.25, part="r", rounds=50, options={"generator_updates": 4})
    text = {"runs": [run("mle", "likelihood", 0, 0.0)]}
    table = search_table({**MACHINE, "runs": [taught, judge]}, text)
    assert "| a quarter | 600 | 0.530 | 0.900 | 0.070 |" in table
    assert "| the best there is | | 0.951 |" in table
    assert "| SeqGAN | 200 | 2.750 | 3.500 | 0.700 | 2.750 |" in table
    assert "| the likelihood model, where all begin |  | 3.000 |" in table


def test_real_texts_have_rows_controls_and_the_first_texts():
    from text_tables import real_texts_table

    controls = {"real": {"value": 0.4}, "bigram": {"value": 0.2}}
    runs = [
        {
            "contender": name, "what": name, "data": "quatrains", "steps": steps, "seconds": 120.0, "findings": [],
            "scores": {"BLEU-3": {"value": 0.3, "controls": controls}}, "form": 0.97, "texts": [f"of {name}", "more"],
        }
        for name, steps in (("SeqGAN", 20), ("likelihood", 10))
    ]  # fmt: skip
    table = real_texts_table({**MACHINE, "runs": runs})
    assert table.index("| likelihood | 10 | 0.300 | 0.970 | 2 | nothing |") < table.index("| SeqGAN | 20 |")
    assert "| people |  | 0.400 |  |  |  |" in table
    assert "likelihood:\n\n```\nof likelihood\nmore\n```" in table


def test_a_quatrain_has_four_lines_of_five_and_nothing_else():
    from real_texts import form

    line = "一二三四五"
    good = " ".join([line] * 4)
    bad = [" ".join([line] * 3), good + " " + line, good[:-1], good + "六", good.replace(" ", "  ", 1), ""]
    assert form([good, *bad]) == pytest.approx(1 / 7)


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order():
    from reward_search import auc

    draw = np.random.default_rng(0)
    real, made = draw.integers(0, 5, 40), draw.integers(0, 4, 30)
    pairs = (real[:, None] > made[None]) + 0.5 * (real[:, None] == made[None])
    assert auc(real, made) == pytest.approx(pairs.mean())


def test_the_best_discriminator_scores_the_ratio_of_likelihoods():
    import keras
    from multigan_seqgan import SEQGAN
    from reward_search import known_author

    from multigan import DataInfo
    from multigan.modalities.text.oracle import Oracle

    oracle = Oracle(vocabulary=9, hidden=4, length=5, seed=1)
    keras.utils.set_random_seed(0)
    options = {name: option.default for name, option in SEQGAN.items()} | {"rollouts": 2}
    data = DataInfo(name="x", shape=(5,), count=8, facts={"vocabulary": 9, "end": -1, "oracle": oracle.identity})
    game = known_author(oracle.identity, "best")(data, seed=0, **options)
    game.compile()
    texts = oracle.sample(6, seed=0)
    expected = oracle.log_likelihood(texts) - game.log_likelihood(texts)
    np.testing.assert_allclose(game.score(texts), expected, rtol=1e-4, atol=1e-4)
    assert [turn.player for turn in game.phases()[0].turns] == ["generator"]
    # A last token earns what its whole text does.
    rewards = keras.ops.convert_to_numpy(game.rewards(keras.ops.convert_to_tensor(texts)))
    np.testing.assert_allclose(rewards[:, -1], 1 / (1 + np.exp(-expected)), rtol=1e-3, atol=1e-4)

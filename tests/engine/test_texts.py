"""Games whose samples are tokens: whole numbers, likelihoods in chunks, tables that are looked up."""

import keras
import numpy as np
import pytest
from games import PointGame, numpy, ready
from keras import ops

from multigan import TextGame, Turn, UsageError
from multigan.modalities.text.steer import likelihood_of, steer_game

pytestmark = pytest.mark.backends


class Tokens(TextGame):
    """Writes rows of one token, and finds them the likelier the higher a table has them."""

    turns = (Turn("table"),)

    def __init__(self):
        super().__init__(seed=0)
        self.table = keras.layers.Embedding(5, 1, embeddings_initializer="ones")
        self.table.build((None,))
        x = keras.Input((3,))
        self.writer = keras.Model(x, ops.cast(ops.floor(5 * x), "int32"))

    def optimizers(self):
        return {"table": keras.optimizers.SGD(1.0)}

    @property
    def sampler(self):
        return self.writer

    def latents(self, count, seed):
        return np.random.default_rng(seed).random((count, 3), dtype="float32")

    def table_loss(self, batch):
        return {"mean": ops.mean(self.table(batch["text"]))}

    def log_probability(self, samples):
        return ops.sum(self.table(samples)[:, :, 0], axis=1)


def test_samples_of_whole_numbers_stay_whole_numbers():
    game = ready(Tokens())
    samples = game.sample(70, 3)
    assert samples.dtype == np.int32
    assert np.array_equal(samples, np.floor(5 * game.latents(70, 3)))


def test_a_table_that_is_looked_up_learns_where_it_was():
    game = ready(Tokens())
    record = game.run_turn(game.turns[0], {"text": np.array([[0, 0, 4, 3]], "int32")})
    assert np.allclose(numpy(game.table.embeddings)[:, 0], [0.5, 1, 1, 0.75, 0.75])
    assert numpy(record["health"]["table/gradient_norm"]) == pytest.approx(np.sqrt(0.5**2 + 2 * 0.25**2))


@pytest.mark.parametrize("count", [0, 1, 64, 130])
def test_likelihoods_in_chunks_are_those_of_the_samples(count):
    game = ready(Tokens())
    game.table.set_weights([np.arange(5.0)[:, None]])
    samples = np.random.default_rng(0).integers(0, 5, (count, 3)).astype("int32")
    found = game.log_likelihood(samples)
    assert found.dtype == np.float32
    assert np.array_equal(found, samples.sum(axis=1))


def test_games_without_likelihood_or_tokens_say_so():
    class Silent(Tokens):
        log_probability = TextGame.log_probability

    for game in (ready(PointGame()), ready(Silent())):
        assert likelihood_of(game, np.zeros((3, 2), "int32")) is None
        steer_game(game)
        for options in ({"temperature": 0.5}, {"prefix": [1]}):
            with pytest.raises(UsageError, match="take no temperature and no prefix"):
                steer_game(game, **options)

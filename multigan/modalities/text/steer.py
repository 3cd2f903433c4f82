"""How texts are drawn: at a temperature, and from a beginning on."""

from collections.abc import Sequence

import numpy as np

from multigan.errors import UsageError
from multigan.modalities.text.reading.lines import tidy
from multigan.modalities.text.run_files import TOKENIZER
from multigan.modalities.text.tokens import load_tokenizer

__all__ = ["likelihood_of", "read_prefix", "steer", "steer_game"]

# Characters that an error names.
KNOWN = 10


def steer(trained, temperature: float, prefix: str) -> None:
    """Sets how a run's game draws texts.

    Args:
        trained: the run, a `multigan.trained.opening.Trained`.
        temperature: see `TextGame.steer`.
        prefix: how all texts begin, as it was typed.

    Raises:
        UsageError: a prefix that the run's texts cannot have, or what its recipe refuses.
        DataError: the run's tokenizer is lost or damaged.
    """
    tokens = []
    if prefix:
        tokenizer = load_tokenizer(trained.directory.path / TOKENIZER)
        tokens = read_prefix(prefix, tokenizer, trained.data.shape[0], trained.data.end)
    steer_game(trained.game, temperature, tokens)


def steer_game(game, temperature: float = 1.0, prefix: Sequence[int] = ()) -> None:
    """Steers a game; see `multigan.modalities.text.game.TextGame.steer`.

    Raises:
        UsageError: it cannot be steered, or refuses the values.
    """
    if hasattr(game, "steer"):
        game.steer(temperature=temperature, prefix=prefix)
    elif temperature != 1.0 or len(prefix):
        raise UsageError(f"{game.name}: this recipe's samples take no temperature and no prefix")


def likelihood_of(game, samples: np.ndarray) -> np.ndarray | None:
    """Returns the log-likelihoods `(count,)` of texts `(count, length)` under a game; None where it has none."""
    return game.log_likelihood(samples) if hasattr(game, "log_likelihood") else None


def read_prefix(prefix: str, tokenizer, length: int, end: int) -> list[int]:
    """Returns the ids that texts are to begin with.

    Args:
        prefix: as it was typed.
        tokenizer: of the run.
        length: of its texts.
        end: the id that ends them; or -1.

    Raises:
        UsageError: something in it that the run's texts have no token for, or more tokens than a text has.
    """
    text = tidy(prefix)
    if unknown := tokenizer.unknown(text):
        named = ", ".join(map(repr, unknown[:KNOWN])) + (", ..." if len(unknown) > KNOWN else "")
        raise UsageError(f"--prefix {prefix!r}: the run's texts have no token for {named}; leave it out")
    tokens = tokenizer.encode(text)
    room = length - (end >= 0) - 1
    if len(tokens) > room:
        raise UsageError(
            f"--prefix {prefix!r}: {len(tokens)} tokens, where a text has at most {room + 1}; give at most {room}"
        )
    return tokens

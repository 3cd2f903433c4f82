"""How texts are drawn: at a temperature, and from a beginning on."""

from multigan.errors import UsageError
from multigan.modalities.text.reading.lines import tidy
from multigan.modalities.text.tokens import load_tokenizer

__all__ = ["read_prefix", "steer"]

# Characters that an error names.
KNOWN = 10


def steer(trained, temperature: float, prefix: str) -> None:
    """Sets how a run's game draws texts.

    Args:
        trained: the run, a `multigan.trained.opening.Trained`.
        temperature: see `Game.steer`.
        prefix: how all texts begin, as it was typed.

    Raises:
        UsageError: a prefix that the run's texts cannot have, or what its recipe refuses.
        DataError: the run's tokenizer is lost or damaged.
    """
    tokens = []
    if prefix:
        tokenizer = load_tokenizer(trained.directory.tokenizer)
        tokens = read_prefix(prefix, tokenizer, trained.data.shape[0], trained.data.end)
    trained.game.steer(temperature=temperature, prefix=tokens)


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

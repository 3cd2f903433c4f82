"""What a command is doing, and how far it is: told by whoever does the work, shown by whoever called for it."""

__all__ = ["Progress"]


class Progress:
    """Tells nobody; the command line has some that do.

    Work is told in parts, one after another, such as "generated samples". Where rounds of about the same length are to
    come, such as one a seed, each of which has several parts, that is told, too.
    """

    def part(self, what: str, done: int = 0, total: int = 0) -> None:
        """How far a part is: its first call begins it.

        Args:
            what: is being done, in a few words.
            done, total: items; a total of 0 where their number is not known.
        """

    def expect(self, rounds: int) -> None:
        """So many rounds are to come."""

    def round(self, what: str) -> None:
        """The next round begins; it goes on until the one after it does."""

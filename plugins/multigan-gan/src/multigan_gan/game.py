"""The first GAN, after Goodfellow et al., 2014, arXiv 1406.2661: dense layers, a maxout discriminator with dropout."""

from multigan import AdversarialGame, UsageError, dense_critic, dense_generator

__all__ = ["GAN"]


class GAN(AdversarialGame):
    """A generator and a discriminator of dense layers, for images and points."""

    def build_generator(self, data):
        """ReLU."""
        options = self.options
        return dense_generator(
            data, options["latent_dim"], units(options, "generator_units"), batch_norm=options["batch_norm"]
        )

    def build_opponent(self, data):
        """Maxout, or LeakyReLU."""
        options = self.options
        return dense_critic(
            data,
            units(options, "critic_units"),
            pack=options["pack"],
            maxout=options["maxout"],
            dropout=options["dropout"],
            input_dropout=options["input_dropout"],
            norm="spectral" if options["spectral_norm"] else "none",
            minibatch_stddev=options["minibatch_stddev"],
            bias=self.scores_have_bias,
        )


def units(options, name: str) -> list[int]:
    """Returns an option such as "400,400" as numbers.

    Raises:
        UsageError: it is not.
    """
    try:
        found = [int(part) for part in options[name].split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise UsageError(f"option {name}={options[name]}: expected whole numbers joined by commas, e.g. 400,400")
    return found

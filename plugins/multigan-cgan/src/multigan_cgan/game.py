"""Conditional GANs, after Mirza and Osindero, 2014, arXiv 1411.1784, and Miyato and Koyama, 2018, arXiv 1802.05637."""

from multigan import (
    AdversarialGame,
    UsageError,
    condition_of,
    convolutional_critic,
    convolutional_generator,
    dense_critic,
    dense_generator,
)

__all__ = ["CGAN"]


class CGAN(AdversarialGame):
    """A generator that is told what to make, and a discriminator that is told what it should be looking at."""

    def choose_condition(self, data):
        """The data's classes, or the vectors beside its samples."""
        return condition_of(data, self.options["by"])

    @property
    def dense(self) -> bool:
        """Whether the networks are dense: the paper's, and those for points."""
        return self.options.get("network", "dense") == "dense"

    def build_generator(self, data):
        """The condition is joined to z."""
        options = self.options
        if self.dense:
            units = [8 * options["width"]] * 3
            return dense_generator(data, options["latent_dim"], units, condition=self.condition)
        return convolutional_generator(data.shape, options["latent_dim"], options["width"], condition=self.condition)

    def build_opponent(self, data):
        """The condition is joined to the sample, or projected on its features."""
        options = self.options
        shared = {
            "minibatch_stddev": options["minibatch_stddev"],
            "condition": self.condition,
            "projection": options["projection"],
        }
        if self.dense:
            norm = "spectral" if options["spectral_norm"] else "none"
            return dense_critic(data, [8 * options["width"]] * 3, norm=norm, bias=self.scores_have_bias, **shared)
        if (options["r1"] or options["r2"]) and not options["spectral_norm"]:
            raise UsageError("cgan: r1 and r2 need a discriminator without batch statistics; add -o spectral_norm=true")
        norm = "spectral" if options["spectral_norm"] else "batch"
        return convolutional_critic(data.shape, options["width"], norm=norm, **shared)

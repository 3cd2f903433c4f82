"""DCGAN, after Radford, Metz and Chintala, 2015, arXiv 1511.06434: 64 x 64, and any size that halves down to 3 to 8."""

from multigan import AdversarialGame, UsageError, convolutional_critic, convolutional_generator

__all__ = ["DCGAN"]


class DCGAN(AdversarialGame):
    """A generator and a discriminator of strided convolutions, one update each, in turn."""

    def build_generator(self, data):
        """Transposed convolutions, batch norm, ReLU."""
        return convolutional_generator(data.shape, self.options["latent_dim"], self.options["width"])

    def build_opponent(self, data):
        """Its mirror image, with LeakyReLU."""
        options = self.options
        if (options["r1"] or options["r2"]) and not options["spectral_norm"]:
            raise UsageError(
                "dcgan: r1 and r2 need a discriminator without batch statistics; add -o spectral_norm=true"
            )
        *sides, channels = data.shape
        return convolutional_critic(
            (*sides, channels * options["pack"]),
            options["width"],
            norm="spectral" if options["spectral_norm"] else "batch",
            minibatch_stddev=options["minibatch_stddev"],
        )

"""The metrics of texts, described; imports no framework."""

from multigan.recipe import Metric

__all__ = ["METRICS"]


def _texts(name: str, summary: str, compute: str, protocol: str, needs: tuple[str, ...], **more) -> Metric:
    compute = f"multigan.modalities.text.metrics:{compute}"
    return Metric(name=name, summary=summary, modality="text", compute=compute, protocol=protocol, needs=needs, **more)


METRICS = (
    _texts(
        "NLL-gen",
        "how unlikely the generator holds real texts that it has not seen, in nats per token",
        "nll_gen",
        "negative log-likelihood of the real texts under the generator, over all tokens up to each text's end, divided "
        "by their number; depends on the tokenizer, bits per character do not",
        ("game", "texts"),
        better="lower",
        references=("1609.05473",),
    ),
    _texts(
        "NLL-oracle",
        "how unlikely the network that wrote the data holds the samples, in nats per token; see the floor",
        "nll_oracle",
        "mean negative log-likelihood per token of the samples under the oracle; the floor is that of its own texts, "
        "and less than it is a loss of diversity",
        ("oracle", "texts"),
        better="lower",
        references=("1609.05473",),
    ),
    *(
        _texts(
            f"BLEU-{order}",
            f"how much of the samples' word sequences of up to {order} words is in real texts",
            f"bleu_{order}",
            f"mean over the samples of the sentence BLEU of {order} equal weights, all real texts its references, by "
            "the words of the decoded texts, smoothing method 1 (0.1 for no match), nearest reference length",
            ("texts",),
            references=("10.3115/1073083.1073135", "1802.01886"),
        )
        for order in (2, 3, 4, 5)
    ),
    *(
        _texts(
            f"self-BLEU-{order}",
            f"how much of the samples' word sequences of up to {order} words is in other samples; high is a lack of "
            "diversity",
            f"self_bleu_{order}",
            f"mean over the samples of the sentence BLEU of {order} equal weights against all other samples as "
            "references (never itself, but an equal one), otherwise as BLEU; grows with the count",
            ("texts",),
            better="lower",
            references=("1802.01886",),
        )
        for order in (2, 3, 4, 5)
    ),
    _texts(
        "unique",
        "share of the samples that are distinct",
        "unique",
        "distinct decoded texts over all; falls with the count",
        ("texts",),
    ),
    _texts(
        "novel",
        "share of the samples that are not training texts",
        "novel",
        "decoded texts that are not among the decoded training texts, over all",
        ("texts",),
    ),
)

"""What is measured on texts while a run trains, on their tokens: how varied they are, what of the data is in them."""

import numpy as np

from multigan.health.gauge import Measurement
from multigan.health.reference import Reference
from multigan.modalities.text.tokens import valid
from multigan.recipe import DataInfo

__all__ = ["TEXTS", "TextFigures", "TextGauge"]

TEXTS = 256  # drawn at each measurement; fewer where the reference has fewer
ORDERS = (2, 3)  # of the sequences of tokens whose share that is distinct is diversity: arXiv 1510.03055
# A token or pair is looked for among the samples where the data lets so many of it be expected: of one that is
# independent of all others none then is a chance of 1 in 150.
EXPECTED = 5.0
BITS = 20  # of a token's id: three fit into 64


class TextGauge:
    """Measures texts against a reference, by sequences of their tokens.

    Args:
        reference: token ids of the data, `(n, length)`, at least one text.
        data: what is known of the data: the token that ends a text, and the network that wrote them.

    Attributes:
        count: how many samples it wants.
    """

    count = TEXTS

    def __init__(self, reference: Reference, data: DataInfo):
        self._figures = TextFigures(reference.samples, data.facts.get("end", -1), data.facts.get("oracle", ""))

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures texts `(count, length)`, at least one; they have no classes."""
        return Measurement(self._figures.measure(samples))


class TextFigures:
    """Measures texts against those of the data.

    Args:
        data: token ids of the data, `(n, length)`, at least one text.
        end: the id that ends a text; -1 where none does.
        oracle: the identity of the network that wrote the data, or empty.
    """

    def __init__(self, data: np.ndarray, end: int = -1, oracle: str = ""):
        self._end = end
        few = data[np.linspace(0, len(data) - 1, min(TEXTS, len(data))).astype(int)]
        self._runs = {order: self._sequences(few, order) for order in ORDERS}
        self._rows = self._ended(few)
        self._frequent = {}
        for order in (1, 2):
            known, counts = np.unique(self._sequences(data, order), return_counts=True)
            self._frequent[order] = known[counts * TEXTS >= EXPECTED * len(data)]
        self._oracle = None
        if oracle:
            from multigan.modalities.text.oracle import Oracle

            self._oracle = Oracle.of(oracle)
            self._floor = self._nll(few)

    def measure(self, samples: np.ndarray) -> dict[str, float]:
        """Returns the figures of samples `(count, length)`, at least one.

        - `diversity`: the share of distinct pairs, and triples, of tokens among as many of them as the data has, over
          the data's own share, the mean of both.
        - `recall`: the share of tokens and pairs that are frequent in the data which occur in the samples.
        - `unique`: the share of distinct texts over the data's own.
        - with an oracle `nll_oracle`, nats per token, and `below_floor`: by how many standard errors it is less than
          that of the oracle's own texts.
        """
        figures = {"diversity": round(float(np.mean([self._distinct(samples, order) for order in ORDERS])), 4)}
        frequent = sum(map(len, self._frequent.values()))
        if frequent:
            found = sum(
                np.isin(wanted, self._sequences(samples, order)).sum() for order, wanted in self._frequent.items()
            )
            figures["recall"] = round(float(found / frequent), 4)
        count = min(len(samples), len(self._rows))
        own, made = (len(np.unique(rows[:count], axis=0)) for rows in (self._rows, self._ended(samples)))
        figures["unique"] = round(made / own, 4)
        if self._oracle is not None:
            found = self._nll(samples)
            error = np.sqrt(sum(values.var() / len(values) for values in (found, self._floor)))
            figures["nll_oracle"] = round(float(found.mean()), 4)
            figures["below_floor"] = round(float((self._floor.mean() - found.mean()) / max(error, 1e-9)), 2)
        return figures

    def _distinct(self, samples, order):
        made, own = self._sequences(samples, order), self._runs[order]
        count = min(len(made), len(own))
        if not count:  # texts of one token
            return float(not len(own))
        return len(np.unique(made[:count])) / len(np.unique(own[:count]))

    def _sequences(self, rows, order):
        """All sequences of `order` tokens that count, in the texts' order, each as one number."""
        rows, kept = np.asarray(rows, np.int64), valid(rows, self._end)
        width = max(0, rows.shape[1] - order + 1)
        numbers = sum(rows[:, place : place + width] << BITS * place for place in range(order))
        return numbers[kept[:, order - 1 :][:, :width]]

    def _ended(self, rows):
        return np.where(valid(rows, self._end), rows, self._end)

    def _nll(self, rows):
        return -self._oracle.log_likelihood(rows) / rows.shape[1]

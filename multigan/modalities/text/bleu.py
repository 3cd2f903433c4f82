"""BLEU of single sentences against many others, by counts that are made once for all of them.

A library compares each sentence with each reference; n-grams' largest counts over all references say the same, and over
all but one as well.

Reference: Papineni et al., 2002, DOI 10.3115/1073083.1073135; smoothing method 1 of Chen and Cherry, 2014, DOI
10.3115/v1/W14-3346; self-BLEU: Zhu et al., 2018 (Texygen), arXiv 1802.01886.
"""

from collections.abc import Sequence

import numpy

__all__ = ["ORDERS", "self_bleu", "sentence_bleu"]

ORDERS = 5
SMOOTHED = 0.1  # matches of an order without any


def sentence_bleu(texts: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> numpy.ndarray:
    """Returns BLEU-1 to BLEU-5 of each text against all references, float64 `(texts, 5)`.

    Args:
        texts: each a list of words.
        references: each a list of words, at least one.
    """
    table, lengths = _table([*texts, *references])
    count = len(texts)
    matches = numpy.zeros((count, ORDERS))
    for order, (rows, grams, counts) in enumerate(_counts(table, lengths)):
        own = rows < count
        largest = numpy.zeros(grams.max(initial=-1) + 1, numpy.int64)
        numpy.maximum.at(largest, grams[~own], counts[~own])
        numpy.add.at(matches[:, order], rows[own], numpy.minimum(counts[own], largest[grams[own]]))
    nearest = _nearest(lengths[:count], lengths[count:], 0)
    return _scores(matches, lengths[:count], nearest)


def self_bleu(texts: Sequence[Sequence[str]]) -> numpy.ndarray:
    """Returns BLEU-1 to BLEU-5 of each text against all the others, float64 `(texts, 5)`.

    A text is not its own reference; another one with the same words is.

    Args:
        texts: each a list of words, at least two.
    """
    table, lengths = _table(texts)
    matches = numpy.zeros((len(texts), ORDERS))
    for order, (rows, grams, counts) in enumerate(_counts(table, lengths)):
        arranged = numpy.lexsort((-counts, grams))
        first = numpy.flatnonzero(numpy.diff(grams[arranged], prepend=-1))
        largest = counts[arranged][first]
        # The largest count of all other texts: the second one for the text that has the first.
        second = numpy.zeros_like(largest)
        several = numpy.diff(first, append=len(grams)) > 1
        second[several] = counts[arranged][first[several] + 1]
        others = numpy.where(counts == largest[grams], second[grams], largest[grams])
        numpy.add.at(matches[:, order], rows, numpy.minimum(counts, others))
    return _scores(matches, lengths, _nearest(lengths, lengths, 1))


def _table(texts):
    """Words as numbers `(count, longest)`, and how many each text has."""
    numbers: dict[str, int] = {}
    lengths = numpy.array([len(words) for words in texts], numpy.int64)
    table = numpy.zeros((len(texts), max(1, lengths.max(initial=0))), numpy.int64)
    for row, words in zip(table, texts, strict=True):
        row[: len(words)] = [numbers.setdefault(word, len(numbers)) for word in words]
    return table, lengths


def _counts(table, lengths):
    """For each order: the rows, the n-grams (numbered from 0) and how often each row has each."""
    grams, width = table, int(table.max(initial=0)) + 1
    for order in range(1, ORDERS + 1):
        if order > 1:
            if grams.shape[1] < 2:
                grams = grams[:, :0]
            else:
                grams = grams[:, :-1] * width + table[:, order - 1 :]
        there = numpy.arange(grams.shape[1]) + order <= lengths[:, None]
        rows, found = numpy.nonzero(there)[0], grams[there]
        # Numbered anew, so that the next order's numbers stay small.
        known, found = numpy.unique(found, return_inverse=True)
        pairs, counts = numpy.unique(rows * max(1, len(known)) + found, return_counts=True)
        yield pairs // max(1, len(known)), pairs % max(1, len(known)), counts
        grams = grams.copy()
        grams[there] = found


def _nearest(lengths, references, own):
    """The reference's length nearest to each text's, the shorter of two; `own` of the equal ones do not count."""
    known, counts = numpy.unique(references, return_counts=True)
    distances = abs(lengths[:, None] - known) * 2 + (known > lengths[:, None])
    distances = numpy.where((known == lengths[:, None]) & (counts <= own), numpy.iinfo(numpy.int64).max, distances)
    return known[distances.argmin(axis=1)]


def _scores(matches, lengths, nearest):
    totals = numpy.maximum(lengths[:, None] - numpy.arange(ORDERS), 1)
    precisions = numpy.where(matches > 0, matches, SMOOTHED) / totals
    means = numpy.exp(numpy.cumsum(numpy.log(precisions), axis=1) / numpy.arange(1, ORDERS + 1))
    ratio = nearest / numpy.maximum(lengths, 1)
    brevity = numpy.exp(numpy.minimum(0.0, 1.0 - ratio))
    return numpy.where(matches[:, :1] > 0, means * brevity[:, None], 0.0)

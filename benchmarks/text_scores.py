"""Scores of a game that writes an oracle's texts: means over draws, its curve over temperature, and its controls."""

import statistics

__all__ = ["COUNT", "DIVERSITY", "DRAWS", "METRICS", "QUALITY", "Scale", "game_of"]

QUALITY, DIVERSITY = "NLL-oracle", "self-BLEU-3"
METRICS = (QUALITY, "NLL-gen", "BLEU-3", DIVERSITY, "unique", "novel")
# Texts of a draw, and draws: a mean over more texts at once would change what self-BLEU means.
COUNT, DRAWS = 1000, 4


class Scale:
    """What texts are held against: an oracle's data, read once.

    Args:
        data: "oracle-small" or "oracle".
    """

    def __init__(self, data: str):
        from multigan.data import open_source
        from multigan.metrics.extractors import Material
        from multigan.metrics.scoring import Evaluation
        from multigan.modalities.text.controls import CONTROLS
        from multigan.modalities.text.texts import held_out_part
        from multigan.plugins import load_plugins

        self.registry = load_plugins()
        self.source = open_source(data, "text", {}, self.registry.datasets)
        material = Material(held_out_part(self.source), lambda: self.source, None, True, modality="text")
        metrics = [self.registry.metrics[name] for name in METRICS]
        self._whole = Evaluation(metrics, material, count=COUNT, controls=CONTROLS)
        pair = [self.registry.metrics[name] for name in (QUALITY, DIVERSITY)]
        self._pair = Evaluation(pair, material, count=COUNT)

    def scores(self, game) -> dict:
        """Each metric's mean over the draws."""
        draws = [self._whole.score(game, seed) for seed in range(DRAWS)]
        return {name: {"value": statistics.fmean(draw[name]["value"] for draw in draws)} for name in METRICS}

    def controls(self, game) -> dict:
        """What scores in the game's place, from one draw."""
        return self._whole.controls(game, 0)

    def curve(self, game) -> list[dict]:
        """Quality and diversity at each temperature, means over the draws."""
        from multigan.modalities.text.curve import temperature_curve

        curves = [temperature_curve(self._pair, game, seed=seed) for seed in range(DRAWS)]
        together = zip(*curves, strict=True)
        return [{key: statistics.fmean(p[key] for p in points) for key in points[0]} for points in together]


def game_of(path, scale: Scale):
    """The game of a run's last checkpoint."""
    import click

    from multigan.trained.opening import Trained

    return Trained(path, scale.registry, warn=lambda line: click.echo(line, err=True)).game

"""The commands that the core has. Imports nothing, so that `multigan --help` can list them at no cost."""

__all__ = ["COMMANDS"]

# Name: (import string, summary). The summary repeats the first line of the command's own help.
COMMANDS = {
    "run": ("multigan.cli.run:run", "Train a recipe, or go on with a run."),
    "sweep": ("multigan.cli.sweep:sweep", "Train a recipe with many values and seeds, and compare."),
    "doctor": ("multigan.cli.doctor:doctor", "Explain what a run suffers from, and what to try."),
    "sample": ("multigan.cli.sample:sample", "Draw samples from a trained run."),
    "evaluate": ("multigan.cli.evaluate:evaluate", "Score a run with its metrics."),
    "export": ("multigan.cli.export:export", "Write a trained generator for other tools."),
    "data": ("multigan.cli.data:data", "Look at data before training on them."),
    "recipes": ("multigan.cli.recipes:recipes", "List the recipes, or tell all about one."),
    "new": ("multigan.cli.new:new", "Write a new plugin, a package ready to publish."),
    "install": ("multigan.cli.install:install", "Install plugins."),
    "uninstall": ("multigan.cli.install:uninstall", "Uninstall plugins."),
    "plugins": ("multigan.cli.plugins:plugins", "List the plugins and how they are."),
}

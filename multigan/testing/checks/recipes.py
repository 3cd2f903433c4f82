"""What can be said of a recipe by its description and its options."""

import contextlib
import itertools

from multigan.checking import registered_faults, seen_by_a_process
from multigan.errors import UsageError
from multigan.probe import object_faults
from multigan.recipe import place_of
from multigan.testing.advice import BrokenPromiseError
from multigan.testing.watched import read_in_init, watched

__all__ = ["described", "import_light", "options_are_read"]


def import_light(contract, folder):
    """Loading the plugin's module imports no framework, and takes less than a moment.

    `multigan plugins` and every other command load all plugins first, so one that imports Keras or NumPy there makes
    each of them wait. Name what needs a framework by import string, such as `game="multigan_mygan.game:MyGAN"`, and
    import it in that module. A plugin of one file may import what it likes.
    """
    if contract.plugin in contract.registry.files:
        return
    for fault in seen_by_a_process("imports", contract.plugin):
        raise BrokenPromiseError(fault.what, fault.place)


def described(contract, folder):
    """The recipe says what it is, where it comes from, and what each option does; what it names is there.

    Users read the summary in `multigan recipes`, and the help there of each option. References are arXiv ids or DOIs. A
    data set, metric or game that nobody has is a misspelt name, or a plugin that is not installed; the message has the
    nearest known name.
    """
    recipe, place = contract.recipe, place_of(contract.recipe)
    if not recipe.summary.strip():
        raise BrokenPromiseError(f'{recipe.name}: no summary; say in a line what it makes, summary="..."', place)
    if not recipe.references:
        mend = 'name the paper, references=("arXiv 1406.2661",)'
        raise BrokenPromiseError(f"{recipe.name}: no reference (an arXiv id or DOI); {mend}", place)
    for key, option in recipe.options.items():
        if not option.help.strip():
            raise BrokenPromiseError(f'option {key}: no help; say in a line what it does, help="..."', place)
        if option.parse(key, option.default) != option.default:
            raise BrokenPromiseError(f"option {key}: refuses its own default {option.default!r}", place)
    faults = registered_faults(contract.plugin, contract.registry) + object_faults(contract.plugin, contract.registry)
    for fault in faults:
        if fault.item == f"recipe {recipe.name}":
            raise BrokenPromiseError(fault.what, fault.place)


def options_are_read(contract, folder):
    """Every option of the recipe does something: the game reads it, at the latest when all options are on, or when one
    that has choices has another, or when it samples.

    An option that nobody reads does nothing, whatever a user sets it to. Read it as `self.options["NAME"]`, name it as
    an argument of the game's `__init__`, or take it out of the recipe.
    """
    game_class = contract.game_class
    read, own = read_in_init(game_class), contract.own_options
    chosen = (
        own | {key: choice}
        for key, option in contract.recipe.options.items()
        for choice in option.choices
        if choice != own[key]
    )
    for options in itertools.chain((_switched_on(contract, own), own), chosen):
        if set(own) <= read:
            break
        # Of choices some may exclude others; what the recipe is tested with must work.
        with contextlib.nullcontext() if options is own else contextlib.suppress(UsageError):
            game = contract.build(options=options, game_class=watched(game_class, read, set(own)))
            # How often a turn plays may hang on the step.
            for turn, step in itertools.product(contract.turns(game), (1, 100, 10_000)):
                turn.updates(step)
            contract.play_once(game)
            if options is own:
                game.sample(2, 0, contract.asked(game, 2))
    unread = ", ".join(sorted(set(own) - read))
    contract.must(not unread, f"nobody reads the options {unread}", "__init__")


def _switched_on(contract, options):
    """The options with all that is off on; where the game refuses it together, with what it takes one by one."""
    on = {}
    for key, option in contract.recipe.options.items():
        if not options[key]:
            texts = next(filter(None, option.choices), "")
            on[key] = texts if option.type is str else option.type(min(1, option.maximum or 1))
    chosen = dict(options)
    for change in (on, *({key: value} for key, value in on.items())):
        try:
            contract.build(options=chosen | change)
        except UsageError:
            continue
        chosen |= change
        if change is on:
            break
    return chosen

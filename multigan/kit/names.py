"""What a new plugin may be called."""

import builtins
import importlib.util
import keyword
import re
from collections.abc import Mapping

import multigan
from multigan.command_line import command_line
from multigan.errors import UsageError

__all__ = ["check_name", "class_name", "package_name"]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 30


def check_name(name: str, taken: Mapping[str, str]) -> None:
    """Refuses a name that no plugin can have, or that another one has.

    Args:
        name: what the user called it.
        taken: name -> who has it, in words: the plugins and recipes that are installed.

    Raises:
        UsageError: says what to call it instead.
    """
    if name.startswith("multigan-") and _NAME.fullmatch(name.removeprefix("multigan-")):
        again = command_line("new", name.removeprefix("multigan-"))
        raise UsageError(f"{name}: the package is called so by itself; give the plugin's name: {again}")
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").lstrip("0123456789-")
        mend = f"; call it {near}" if near and len(near) <= LONGEST else ""
        raise UsageError(f"{name}: a plugin's name is small letters and digits, joined by dashes, as in my-gan{mend}")
    if len(name) > LONGEST:
        raise UsageError(f"{name}: a plugin's name has at most {LONGEST} letters, and this one {len(name)}")
    if keyword.iskeyword(name) or name == "multigan":
        what = "multigan is the core's own name" if name == "multigan" else f"{name} is a keyword of Python"
        raise UsageError(f"{what}; call the plugin something else, such as {name}-gan")
    if name in taken:
        raise UsageError(f"{name} is {taken[name]} already; call yours something else, or uninstall that one first")
    if importlib.util.find_spec(package_name(name)) is not None:
        raise UsageError(
            f"{name}: a module {package_name(name)} is installed already; call the plugin something else, or uninstall "
            f"multigan-{name} first"
        )


def package_name(name: str) -> str:
    """Returns the name that a plugin's package is imported by: `my-gan` has `multigan_my_gan`."""
    return f"multigan_{name.replace('-', '_')}"


def class_name(name: str) -> str:
    """Returns what a plugin's game is called: `my-gan` and `mygan` have `MyGAN`, `game` has `GameGAN`."""
    words = [word for word in name.split("-") if word]
    if words[-1].endswith("gan") and words[-1] != "gan":
        words[-1:] = [words[-1].removesuffix("gan"), "gan"]
    made = "".join("GAN" if word == "gan" else word.capitalize() for word in words)
    # What a template imports, or Python has, keeps its name.
    return f"{made}GAN" if made in multigan.__all__ or hasattr(builtins, made) or keyword.iskeyword(made) else made

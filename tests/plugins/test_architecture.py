"""Who imports whom, and that every list of plugins has all of them."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").exists())
BACKENDS = {"jax", "tensorflow", "tf_keras", "torch"}
# The parts of the core in the order in which they may import: each what stands before it.
ORDER = (
    "engine",
    "data",
    "fields",
    "metrics",
    "health",
    "report",
    "modalities",
    "training",
    "trained",
    "kit",
    "installing",
    "terminal",
    "api",
    "sweeps",
    "cli",
    "testing",
)
# Where a part may import less than all that stands before it.
NEVER = {
    "data": ("engine",),
    "report": ("engine",),
    "kit": ("engine", "data", "fields", "metrics", "health", "report", "modalities", "training", "trained"),
    "installing": ("engine", "data", "fields", "metrics", "health", "report", "modalities", "training", "trained"),
    "blocks": (
        "metrics",
        "health",
        "report",
        "modalities",
        "training",
        "trained",
        "terminal",
        "api",
        "sweeps",
        "cli",
        "testing",
    ),
}
ROOMS = sorted(path.parent.name for path in (ROOT / "multigan" / "modalities").glob("*/__init__.py"))
# Who names rooms: the list of what is built in, and what plugins import.
REGISTERS = ("multigan/builtin.py", "multigan/__init__.py")


def imports(path):
    """The modules that a file imports, anywhere in it; of `from a import b` both a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def offenders(folder, wrong):
    """File: what it imports that `wrong(module)` says it must not."""
    files = sorted(folder.rglob("*.py"))
    assert files, folder
    found = {str(path.relative_to(ROOT)): sorted(filter(wrong, imports(path))) for path in files}
    return {path: modules for path, modules in found.items() if modules}


def within(module, package):
    return module == package or module.startswith(f"{package}.")


def above(part):
    """The modules that a part must not import."""
    later = ORDER[ORDER.index(part) + 1 :] if part in ORDER else ()
    return [f"multigan.{name}" for name in (*later, *(() if part == "blocks" else ("blocks",)), *NEVER.get(part, ()))]


@pytest.mark.parametrize("part", [*ORDER, "blocks"])
def test_dependencies_point_one_way(part):
    allowed = ("multigan.blocks",) if part in ("cli", "testing") else ()
    refused = [name for name in above(part) if name not in allowed]
    assert not offenders(ROOT / "multigan" / part, lambda module: any(within(module, name) for name in refused))


def outside():
    """All files of the core outside the rooms, but for those that register them."""
    for path in sorted((ROOT / "multigan").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        room = re.match(r"multigan/modalities/(\w+)/", name)
        if not room and name not in REGISTERS:
            yield name, path


def test_nobody_outside_imports_a_room_or_names_one_by_its_module():
    named = re.compile(rf"multigan\.modalities\.({'|'.join(ROOMS)})\b")
    told = [name for name, path in outside() if any(map(named.match, imports(path)))]
    strings = [name for name, path in outside() if any(map(named.search, texts(path)))]
    assert (told, strings) == ([], [])


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_no_other_room(room):
    others = [f"multigan.modalities.{other}" for other in ROOMS if other != room]
    found = offenders(ROOT / "multigan" / "modalities" / room, lambda module: any(within(module, o) for o in others))
    assert not found


def texts(path):
    """The strings in a file's code, without docstrings."""
    tree = ast.parse(path.read_text())
    told = [node.body[0].value for node in ast.walk(tree) if hasattr(node, "body") and documented(node)]
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.value for node in constants if node not in told]


def documented(node):
    body = node.body[:1] if isinstance(node.body, list) else []
    return bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)


def choices(tree):
    """The nodes that choose by a modality's name: comparisons, patterns, and tables or lists with several of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts, several = [node.left, *node.comparators], 1
        elif isinstance(node, ast.MatchValue):
            parts, several = [node.value], 1
        elif isinstance(node, ast.Dict):
            parts, several = node.keys, 2
        elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            parts, several = node.elts, 2
        else:
            continue
        if sum(isinstance(part, ast.Constant) and part.value in ROOMS for part in parts) >= several:
            yield node.lineno


def test_nobody_outside_the_rooms_tells_modalities_apart_by_name():
    found = {name: list(choices(ast.parse(path.read_text()))) for name, path in outside()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_nobody_relies_on_the_first_key_of_a_batch():
    """JAX sorts the keys of dictionaries."""
    first = re.compile(r"next\(iter\((batch|record|sample|source|first)[^\n]*\.values\(\)\)\)")
    files = sorted((ROOT / "multigan").rglob("*.py"))
    assert [str(path.relative_to(ROOT)) for path in files if first.search(path.read_text())] == []


def test_only_autodiff_imports_a_backend():
    found = offenders(ROOT / "multigan", lambda module: module.split(".")[0] in BACKENDS)
    allowed = {
        "multigan/engine/autodiff/tensorflow.py",
        "multigan/engine/autodiff/jax.py",
        "multigan/engine/autodiff/torch.py",
    }
    # Feature extractors are other people's networks, on whatever they were trained with.
    assert {path for path in found if "/extractors/" not in path} == allowed


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_imports_multigan_itself_and_no_module_below_it_and_no_other_plugin(plugin):
    own = plugin.replace("-", "_")

    def wrong(module):
        package, _, name = module.partition(".")
        if package != "multigan":
            return package.startswith("multigan_") and package != own
        from multigan import __all__ as public

        return bool(name) and name not in public

    assert not offenders(ROOT / "plugins" / plugin / "src", wrong)


def test_every_list_of_plugins_has_them_all():
    assert len(PLUGINS) >= 5
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert sorted(set(project["tool"]["uv"]["sources"]) - {"multigan"}) == PLUGINS
    groups = project["dependency-groups"]
    # Plugins that watch every run are not where the suite compares runs.
    named = [re.match(r"[\w-]+", need)[0] for need in [*groups["dev"], *groups["observers"]]]
    assert sorted(name for name in named if name in PLUGINS) == PLUGINS
    readme = (ROOT / "README.md").read_text()
    assert sorted(set(re.findall(r"\]\(plugins/([\w-]+)\)", readme))) == PLUGINS


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_has_its_readme_licence_tests_and_entry_point(plugin):
    folder, own = ROOT / "plugins" / plugin, plugin.replace("-", "_")
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["multigan"] == {plugin.removeprefix("multigan-"): own}
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert list((folder / "tests").glob("test_*.py"))
    told = (folder / "README.md").read_text()
    assert told.startswith(f"# {plugin}\n")
    name = plugin.removeprefix("multigan-")
    hooks = (folder / "src" / own / "__init__.py").read_text()
    if "register_recipes" in hooks:
        assert "arXiv" in told
        assert f"multigan run --plugin {name}" in told
    elif "register_commands" in hooks:
        assert f"multigan {name}" in told
    else:
        assert f"multigan --no-plugin {name} run" in told

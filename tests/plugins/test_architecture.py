"""Who imports whom, and that every list of plugins has all of them."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").exists())
BACKENDS = {"jax", "tensorflow", "tf_keras", "torch"}
# What each part of the core may import of the others; what has no line here may be imported by all.
ABOVE = {
    "engine": ("blocks", "cli", "data", "metrics", "testing", "training"),
    "data": ("blocks", "cli", "engine", "metrics", "testing", "training"),
    "metrics": ("blocks", "cli", "testing", "training"),
    "training": ("blocks", "cli", "testing"),
    "cli": ("blocks", "testing"),
    "blocks": ("cli", "metrics", "testing", "training"),
}


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


@pytest.mark.parametrize("part", ABOVE)
def test_dependencies_point_one_way(part):
    above = [f"multigan.{name}" for name in ABOVE[part]]
    assert not offenders(ROOT / "multigan" / part, lambda module: any(within(module, name) for name in above))


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
    assert sorted(name for name in project["dependency-groups"]["dev"] if name in PLUGINS) == PLUGINS
    readme = (ROOT / "README.md").read_text()
    assert sorted(re.findall(r"^\| \[.*?\]\(plugins/(.*?)\)", readme, re.MULTILINE)) == PLUGINS


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_has_its_readme_licence_tests_and_entry_point(plugin):
    folder, own = ROOT / "plugins" / plugin, plugin.replace("-", "_")
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["multigan"] == {plugin.removeprefix("multigan-"): own}
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert list((folder / "tests").glob("test_*.py"))
    told = (folder / "README.md").read_text()
    assert told.startswith(f"# {plugin}\n")
    assert "arXiv" in told
    assert f"multigan run --plugin {plugin.removeprefix('multigan-')}" in told

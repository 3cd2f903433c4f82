"""Every package can be published: it is built whole, says what it is, and all are of one version."""

import re
import tomllib
import zipfile

import pytest
from installed import EXAMPLE, PACKAGES, ROOT
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from trove_classifiers import classifiers

import multigan
from multigan.kit.writing import Kit

NAMES = [path.name if path != ROOT else "multigan" for path in PACKAGES]
# Where the project lives. No address is known yet; one that is made up would be somebody else's.
ADDRESSES = ()


def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text())


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def content(wheel, name):
    """A file of the wheel's .dist-info."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [path for path in archive.namelist() if path.endswith(f".dist-info/{name}")]
        return archive.read(path).decode()


@pytest.fixture(params=[*PACKAGES, EXAMPLE], ids=[*NAMES, EXAMPLE.name])
def package(request, built):
    return built(request.param)


def test_a_wheel_has_all_files_of_its_package_and_no_other(package):
    (inside,) = project(package.source)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    folder = package.source / inside
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = sorted(path.relative_to(folder.parent).as_posix() for path in files)
    assert wanted
    assert sorted(name for name in names(package.wheel) if ".dist-info/" not in name) == wanted


def test_the_metadata_are_valid_and_say_what_the_package_is(package):
    told = Metadata.from_email(content(package.wheel, "METADATA"), validate=True)
    assert told.name == (package.source.name if package.source != ROOT else "multigan")
    assert 20 <= len(told.summary) <= 140
    assert told.license_expression == "MIT"
    assert content(package.wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text()
    assert told.description_content_type == "text/markdown"
    assert told.description.strip() == (package.source / "README.md").read_text().strip()
    assert str(told.requires_python) == ">=3.11"
    assert {"gan"} < set(told.keywords)
    assert len(told.classifiers) >= 4
    # What an index refuses: the example is no package to be uploaded.
    assert set(told.classifiers) - classifiers == ({"Private :: Do Not Upload"} if package.source == EXAMPLE else set())
    assert all(url.startswith(ADDRESSES) for url in (told.project_urls or {}).values())
    assert told.home_page is None


def test_an_sdist_says_the_same_as_its_wheel_and_holds_nothing_of_a_machine(package):
    assert (package.unpacked / "PKG-INFO").read_text() == content(package.wheel, "METADATA")
    found = [path.relative_to(package.unpacked).as_posix() for path in package.unpacked.rglob("*") if path.is_file()]
    assert {"PKG-INFO", "pyproject.toml", "README.md", "LICENSE"} <= set(found)
    alien = re.compile(r"(^|/)(\.venv[^/]*|runs|dist|__pycache__|\.hypothesis|\.ruff_cache)/|\.pyc$|(^|/)uv\.lock$")
    assert not list(filter(alien.search, found))
    assert package.sdist.stat().st_size < 2_000_000


@pytest.mark.parametrize("folder", PACKAGES, ids=NAMES)
def test_all_packages_have_the_version_that_stands_in_one_place(folder, built):
    assert project(folder)["project"]["dynamic"] == ["version"]
    place = folder / project(folder)["tool"]["hatch"]["version"]["path"]
    assert place.resolve() == ROOT / "multigan" / "__init__.py"
    assert Metadata.from_email(content(built(folder).wheel, "METADATA")).version.public == multigan.__version__


@pytest.mark.parametrize("folder", [*PACKAGES[1:], EXAMPLE], ids=[*NAMES[1:], EXAMPLE.name])
def test_a_plugin_asks_for_the_versions_that_break_nothing(folder):
    needs = [Requirement(line) for line in project(folder)["project"]["dependencies"]]
    (own,) = [need for need in needs if need.name == "multigan"]
    assert own.specifier == Requirement(f"multigan{Kit('any', 'observer').facts()['requirement']}").specifier

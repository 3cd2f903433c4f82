"""What is found in the metadata of installed packages, before anything is imported."""

import sys

import pytest

from multigan.discovery import block, find_entries, mentions, unmet_requirement


def found(name):
    return [entry for entry in find_entries() if entry.name == name]


def test_a_plugin_is_found_with_its_package_and_version_and_not_imported(site):
    module = site.install("wave", "raise SystemExit", version="2.3", requires=("multigan>=0.1", "numpy"))
    (entry,) = found("wave")
    assert (entry.package, entry.version, entry.target) == ("multigan-wave", "2.3", module)
    assert entry.requires == ("multigan>=0.1", "numpy")
    assert module not in sys.modules


@pytest.mark.parametrize("spelling", ["same folder", "link", "trailing slash"])
def test_a_package_that_is_on_the_path_twice_is_found_once(site, tmp_path, monkeypatch, spelling):
    site.install("wave")
    again = {"same folder": site.path, "link": tmp_path / "link", "trailing slash": f"{site.path}/"}[spelling]
    if spelling == "link":
        again.symlink_to(site.path)
    monkeypatch.syspath_prepend(again)
    assert len(found("wave")) == 1


def test_of_two_versions_of_one_package_the_first_on_the_path_counts(site, tmp_path):
    site.install("wave", version="2.0")
    other = tmp_path / "later"
    site.install("wave", version="1.0", package="Multigan_Wave", path=other)
    sys.path.append(str(other))
    try:
        assert [entry.version for entry in found("wave")] == ["2.0"]
    finally:
        sys.path.remove(str(other))


@pytest.mark.parametrize(
    "entry_points",
    [b"\xff\xfe[multigan]\nwave = x\n", b"[other]\nwave = x\n", b"", b"# [multigan]\n[multigan.other]\nwave = x"],
    ids=["not UTF-8", "other group", "empty", "mentioned only"],
)
def test_an_entry_point_file_of_another_kind_offers_nothing(site, entry_points):
    site.install("wave")
    next(site.path.glob("*.dist-info/entry_points.txt")).write_bytes(entry_points)
    assert found("wave") == []


def test_a_package_without_metadata_is_still_named(site):
    site.install("wave")
    next(site.path.glob("*.dist-info/METADATA")).unlink()
    assert [(entry.package, entry.version) for entry in found("wave")] == [("", "")]


@pytest.mark.parametrize(
    ("requires", "core", "unmet"),
    [
        ([], "0.1.0", ""),
        (["multigan"], "0.1.0", ""),
        (["multigan>=0.1,<0.3"], "0.2.5", ""),
        (["multigan>=0.3"], "0.2.5", "multigan>=0.3"),
        (["multigan (>=0.3)"], "0.2.5", "multigan>=0.3"),
        (["numpy>=99", "Multigan>=1"], "0.2.5", "multigan>=1"),
        (["multigan-extra>=9", "multigan_other"], "0.2.5", ""),
        (["multigan[audio]>=0.3"], "0.2.5", "multigan>=0.3"),
        (["multigan>=9; python_version < '3'"], "0.2.5", ""),
        (["multigan>=9; python_version >= '3'"], "0.2.5", "multigan>=9"),
        (["multigan>=9; extra == 'new'"], "0.2.5", ""),
        (["multigan>=0.1"], "0.2.0.dev1", ""),
        (["multigan>=0.2"], "0.2.0.dev1", "multigan>=0.2"),
        (["multigan>=0.1"], "0.2.0rc1+local", ""),
        (["multigan<1", "multigan>=0.3"], "0.2.5", "multigan>=0.3"),
    ],
)
def test_requirements_on_multigan_are_judged_as_pip_would(requires, core, unmet):
    assert unmet_requirement(requires, core) == unmet


@pytest.mark.parametrize(
    ("environ", "blocked", "expected"),
    [
        ({}, (), ""),
        ({}, ("wave",), "--no-plugin wave"),
        ({"MULTIGAN_PLUGINS": ""}, (), "not in MULTIGAN_PLUGINS"),
        ({"MULTIGAN_PLUGINS": "dcgan, wave ,"}, (), ""),
        ({"MULTIGAN_PLUGINS": "dcgan"}, (), "not in MULTIGAN_PLUGINS"),
        ({"MULTIGAN_PLUGINS": "wave"}, ("wave",), "--no-plugin wave"),
    ],
)
def test_plugins_are_blocked_by_flag_and_by_allow_list(environ, blocked, expected):
    assert block("wave", blocked, environ) == expected


def test_a_modules_source_is_searched_without_importing_it_or_its_parent(site):
    package = site.path / "deep"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit")
    (package / "hooks.py").write_text("raise SystemExit  # register_commands")
    site.install("wave", module="deep.hooks")
    site.install("quiet", "raise SystemExit")
    assert mentions(*found("wave"), "register_commands")
    assert not mentions(*found("wave"), "register_metrics")
    assert not mentions(*found("quiet"), "register_commands")
    assert "deep" not in sys.modules


def test_a_module_that_cannot_be_searched_may_hold_anything(site):
    site.install("wave")
    next(site.path.glob("*.dist-info/entry_points.txt")).write_text("[multigan]\nwave = no.such.module\n")
    assert mentions(*found("wave"), "register_commands")

"""A stranger's plugin, from its wheel: found, run and blocked; broken or in conflict, it costs itself and no other."""

import json

import pytest
from installed import EXAMPLE, ROOT

PLUGIN = "third_party_infogan/__init__.py"
POINTS = "third_party_infogan-0.1.0.dist-info/entry_points.txt"
SOURCE = (EXAMPLE / "src" / PLUGIN).read_text()
SMALL = ("-o", "size=8", "-o", "width=4", "--batch-size", "8")


@pytest.fixture(scope="module")
def users(environment, built):
    """An environment with multigan, one plugin of its own and the stranger's."""
    made = environment()
    made.install(*(built(folder).wheel for folder in (ROOT, ROOT / "plugins" / "multigan-dcgan", EXAMPLE)))
    return made


@pytest.fixture
def multigan(users, tmp_path):
    """Runs multigan there, in an empty folder: (stdout, stderr)."""
    return lambda *words, **more: users.run("multigan", *words, cwd=tmp_path, **more)


def status(multigan, *before, **environ):
    """Each plugin's status and reason; and what is said on stderr."""
    out, err = multigan(*before, "plugins", "--json", **environ)
    found = {info["name"]: (info["status"], info["reason"]) for info in json.loads(out)}
    return found, err


def complaints(multigan, plugin):
    """What is said before a run of a plugin's recipe, a list of lines; that run could begin."""
    out, err = multigan("run", "--plugin", plugin, "--dry-run")
    assert "latent_dim" in out
    return err.splitlines()


def test_it_is_found_and_nothing_is_wrong_with_it(multigan):
    found, err = status(multigan)
    assert found == {"dcgan": ("ok", ""), "infogan": ("ok", "")}
    assert err == ""
    multigan("plugins", "--check", "infogan")


def test_it_trains_and_makes_what_is_asked_for(multigan, tmp_path):
    multigan("run", "--plugin", "infogan", "--steps", 3, "--run-dir", "run", *SMALL)
    assert (tmp_path / "run" / "samples" / "step-00000003.png").is_file()
    multigan("sample", "run", "--label", 3, "--ask", "code=-1,0", "-n", 2, "--out", "made")
    assert sorted(path.name for path in (tmp_path / "made").glob("0*.png")) == ["00000-3.png", "00001-3.png"]


@pytest.mark.parametrize(
    ("before", "environ", "reason"),
    [
        (("--no-plugin", "infogan"), {}, "--no-plugin infogan"),
        ((), {"MULTIGAN_PLUGINS": "dcgan"}, "not in MULTIGAN_PLUGINS"),
    ],
)
def test_it_can_be_blocked(multigan, before, environ, reason):
    found, err = status(multigan, *before, **environ)
    assert found == {"dcgan": ("ok", ""), "infogan": ("blocked", reason)}
    assert err == ""
    _, err = multigan(*before, "run", "--plugin", "infogan", "--dry-run", code=2, **environ)
    assert f"plugin infogan is blocked: {reason}" in err


HOOK = "def register_recipes():\n"
LINE = SOURCE[: SOURCE.index(HOOK)].count("\n") + 2
BROKEN = {
    "its import fails": (
        f"import no_such_module\n{SOURCE}",
        "ModuleNotFoundError: No module named 'no_such_module' (third_party_infogan/__init__.py:1)",
    ),
    "it ends the process": (f"raise SystemExit(3)\n{SOURCE}", "SystemExit: 3 (third_party_infogan/__init__.py:1)"),
    "its hook fails": (
        SOURCE.replace(HOOK, f"{HOOK}    1 / 0\n"),
        f"ZeroDivisionError: division by zero (third_party_infogan/__init__.py:{LINE})",
    ),
    "its recipe is called like another plugin": (
        SOURCE.replace('name="infogan"', 'name="dcgan"'),
        "recipe dcgan is registered by dcgan already (third_party_infogan/__init__.py:",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_it_is_named_with_its_line_and_the_others_go_on(users, multigan, fault):
    source, reason = BROKEN[fault]
    with users.edited(PLUGIN, source):
        found, _ = status(multigan)
        assert found["dcgan"] == ("ok", "")
        assert found["infogan"][0] == "broken"
        assert found["infogan"][1].startswith(reason)
        (line,) = complaints(multigan, "dcgan")
        assert f"plugin infogan (third-party-infogan 0.1.0) is broken: {reason}" in line
        assert "mend or uninstall it" in line
        _, err = multigan("run", "--plugin", "infogan", "--dry-run", code=2)
        assert "plugin infogan (third-party-infogan 0.1.0) is broken: " in err


def test_two_packages_that_offer_one_name_are_both_named_and_neither_is_used(users, multigan):
    with users.edited(POINTS, "[multigan]\ndcgan = third_party_infogan\ninfogan = third_party_infogan\n"):
        found, _ = status(multigan)
        assert found["infogan"] == ("ok", "")
        told, reason = found["dcgan"]
        assert told == "conflict"
        for package in ("multigan-dcgan 0.1.0 (multigan_dcgan)", "third-party-infogan 0.1.0 (third_party_infogan)"):
            assert package in reason
        (line,) = set(complaints(multigan, "infogan"))
        assert f"plugin dcgan is in conflict: {reason}" in line


def test_written_for_another_version_it_is_not_imported(users, multigan):
    path = "third_party_infogan-0.1.0.dist-info/METADATA"
    metadata = (users.site / path).read_text()
    with users.edited(path, metadata.replace("multigan<0.2,>=0.1", "multigan>=7")), users.edited(PLUGIN, "1 / 0"):
        found, _ = status(multigan)
        assert found["infogan"][0] == "incompatible"
        assert found["infogan"][1].startswith("it needs multigan>=7")
        (line,) = complaints(multigan, "dcgan")
        assert "plugin infogan (third-party-infogan 0.1.0) is incompatible: it needs multigan>=7" in line


def test_an_observer_that_fails_costs_no_run(users, multigan, tmp_path):
    hook = "\n\n@hookimpl\ndef step_finished(step):\n    raise RuntimeError(f'tired at {step}')\n"
    with users.edited(PLUGIN, SOURCE + hook):
        _, err = multigan("run", "--plugin", "dcgan", "--steps", 3, "--run-dir", "run", *SMALL, code=3)
    assert "warning: plugin infogan failed in step_finished and is detached: RuntimeError: tired at 1" in err
    assert (tmp_path / "run" / "checkpoints" / "step-00000003").is_dir()


@pytest.mark.extra
def test_its_own_tests_pass_there(users, tmp_path):
    users.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE / "tests", cwd=tmp_path)

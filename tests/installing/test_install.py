"""`multigan install` and `uninstall`: into the environment that runs multigan, shown first, and told in a sentence."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from multigan.cli import main
from multigan.errors import UsageError
from multigan.installing import environment, running
from multigan.installing.environment import this_environment
from multigan.installing.names import PUBLISHED, requirement_of
from multigan.installing.running import InstallerError, failure, run_installer

ROOT = Path(__file__).parents[2]
HOOKS = """
from multigan import Recipe, hookimpl

@hookimpl
def register_recipes():
    yield Recipe(name="surf", summary="s", modality="images", game="multigan_surf:Surf", data="digits")
"""


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cyclegan", "multigan-cyclegan"),
        ("wgan-gp", "multigan-wgan-gp"),
        ("multigan-cyclegan", "multigan-cyclegan"),
        ("multigan_cyclegan", "multigan_cyclegan"),
        ("cyclegan>=0.2,<1", "multigan-cyclegan>=0.2,<1"),
        ("cyclegan==0.2.*", "multigan-cyclegan==0.2.*"),
        ("studio[gpu]", "multigan-studio[gpu]"),
    ],
)
def test_a_plugin_s_name_becomes_its_package_s(name, told):
    assert requirement_of(name) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("multigan", "multigan is the tool itself"),
        ("Multi_GAN!", "no name of a plugin, such as dcgan, nor a path"),
        ("--pre", "no name of a plugin"),
        ("", "no name of a plugin"),
        ("dcgan; rm -r x", "no name of a plugin"),
        ("./gone", "./gone: no file or folder is there"),
        ("gone.whl", "gone.whl: no file or folder is there"),
        ("git+https://host/x", "git+https://host/x: no file or folder is there"),
    ],
)
def test_what_is_no_plugin_is_refused(name, told):
    with pytest.raises(UsageError, match=r".") as refused:
        requirement_of(name)
    assert told in str(refused.value)


def test_the_project_s_own_plugins_are_those_that_near_names_are_taken_of():
    folders = (ROOT / "plugins").glob("multigan-*/pyproject.toml")
    assert set(PUBLISHED) >= {path.parent.name.removeprefix("multigan-") for path in folders}


def made(folder, *, uv=False, receipt="", lock=False):
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").write_text(f"home = x\n{'uv = 0.9.1' if uv else 'version = 3'}\n")
    if receipt:
        (folder / ".venv" / receipt).write_text("")
    if lock:
        (folder / "uv.lock").write_text("")
    return str(folder / ".venv")


@pytest.fixture
def tools(monkeypatch):
    """Which of pip, uv and pipx are here."""

    def have(*names):
        monkeypatch.delenv("UV", raising=False)
        monkeypatch.setattr(environment.shutil, "which", lambda name: f"/bin/{name}" if name in names else None)
        monkeypatch.setattr(
            environment.importlib.util, "find_spec", lambda name: name if f"-m {name}" in names else None
        )

    return have


def test_pip_installs_where_pip_is(tools, tmp_path):
    tools("-m pip", "uv")
    here = this_environment(made(tmp_path), "/usr")
    assert here.installer == "pip"
    assert here.install(["multigan-x"], True, ["wheels"], True) == [
        sys.executable, "-m", "pip", "install", "--upgrade", "--find-links", "wheels", "--no-index", "multigan-x",
    ]  # fmt: skip
    assert here.uninstall(["multigan-x"]) == [sys.executable, "-m", "pip", "uninstall", "--yes", "multigan-x"]


@pytest.mark.parametrize(
    ("have", "uv", "called"),
    [
        (("-m pip", "uv"), True, ["/bin/uv"]),
        (("uv",), False, ["/bin/uv"]),
        (("-m uv",), True, [sys.executable, "-m", "uv"]),
    ],
)
def test_uv_installs_into_what_uv_made_and_where_there_is_no_pip(tools, tmp_path, have, uv, called):
    tools(*have)
    here = this_environment(made(tmp_path, uv=uv), "/usr")
    assert here.installer == "uv"
    assert here.install(["multigan-x"], False, [], False) == [
        *called, "pip", "install", "--python", sys.executable, "multigan-x",
    ]  # fmt: skip
    assert here.uninstall(["multigan-x"]) == [*called, "pip", "uninstall", "--python", sys.executable, "multigan-x"]


def test_pipx_injects_into_what_pipx_made(tools, tmp_path):
    tools("-m pip", "pipx")
    here = this_environment(made(tmp_path, receipt="pipx_metadata.json"), "/usr")
    assert here.install(["multigan-x"], True, [], False) == [
        "/bin/pipx", "inject", "multigan", "--pip-args=--upgrade", "multigan-x",
    ]  # fmt: skip
    assert here.uninstall(["multigan-x"]) == ["/bin/pipx", "uninject", "multigan", "multigan-x"]


def test_what_uv_would_take_out_again_is_told(tools, tmp_path):
    tools("uv")
    assert "uv sync removes it again" in this_environment(made(tmp_path, uv=True, lock=True), "/usr").note
    other = tmp_path / "tool"
    other.mkdir()
    assert (
        "uv tool upgrade removes it" in this_environment(made(other, uv=True, receipt="uv-receipt.toml"), "/usr").note
    )


def test_nothing_is_installed_where_the_system_keeps_its_own(tools, tmp_path, monkeypatch):
    tools("-m pip")
    (tmp_path / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n")
    monkeypatch.setattr(environment.sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(UsageError, match=r"this Python belongs to the system.*python3 -m venv"):
        this_environment("/usr", "/usr")
    assert this_environment(made(tmp_path), "/usr").installer == "pip", "an environment of one's own is another thing"


def test_without_an_installer_it_says_how_to_get_one(tools, tmp_path):
    tools()
    with pytest.raises(UsageError, match=r"neither pip nor uv is here to install with; run: .* -m ensurepip"):
        this_environment(made(tmp_path), "/usr")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "WARNING: Retrying after 'NewConnectionError'\nERROR: No matching distribution found for multigan-x",
            "multigan-x: the package index cannot be reached; go online, or give a folder of wheels",
        ),
        (
            "error: Failed to fetch: `https://host/simple/multigan-x/`\n Caused by: error sending request",
            "the package index cannot be reached",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement multigan-x (from versions: none)",
            "no package is called so, or none of that version",
        ),
        (
            "Because multigan-x was not found in the package registry and you require it, we can conclude that ...",
            "no package is called so, or none of that version",
        ),
        ("error: externally-managed-environment", "this Python belongs to the system"),
        ("ERROR: Could not install packages: [Errno 13] Permission denied: '/usr/lib'", "nothing can be written there"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: ResolutionImpossible: for help visit", "they do not go with what is installed"),
        ("something else", "multigan-x: the installer ended with 3; its lines above say why"),
    ],
)
def test_what_an_installer_says_becomes_a_sentence(said, told):
    assert told in failure(said, ["multigan-x"], 3)


def test_a_name_that_is_nearly_one_gets_that_one():
    told = failure("ERROR: No matching distribution found", ["multigan-cyclegn>=1"], 1)
    assert told.endswith("did you mean cyclegan?")


def test_an_installer_s_lines_are_passed_on(capfd):
    lines = []
    code, said = run_installer([sys.executable, "-c", "print('one'); print('two'); raise SystemExit(4)"], lines.append)
    assert (code, said, lines) == (4, "one\ntwo\n", ["one", "two"])
    with pytest.raises(InstallerError, match="/gone/pip: cannot be run"):
        run_installer(["/gone/pip"], lines.append)


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Runs `multigan WORDS...` with an installer that notes what it is asked to do."""
    asked = []

    def fake(code=0, said="", effect=lambda: None):
        def run(words, show):
            asked.append(words)
            effect()
            show(said)
            return code, said

        monkeypatch.setattr(running, "run_installer", run)

    def call(*words, answer=None):
        monkeypatch.setattr("sys.stdin.isatty", lambda: answer is not None, raising=False)
        monkeypatch.setattr("click.confirm", lambda *args, **named: answer == "y")
        with pytest.raises(SystemExit) as caught:
            main(list(words))
        return caught.value.code, capsys.readouterr().err

    here = environment.Environment(tmp_path, "pip", ("py", "-m", "pip"))
    monkeypatch.setattr(environment, "this_environment", lambda: here)
    fake()
    call.fake, call.asked = fake, asked
    return call


def test_the_command_is_shown_and_nothing_is_done_before_yes(command):
    code, err = command("install", "cyclegan")
    assert (code, command.asked) == (2, [])
    assert err.splitlines() == [
        "py -m pip install multigan-cyclegan",
        "multigan: error: nobody is here to say yes; run it again with --yes",
    ]
    code, err = command("install", "cyclegan", answer="n")
    assert (code, command.asked) == (1, [])
    assert "nothing was installed" in err
    assert command("install", "cyclegan", answer="y")[0] == 0
    assert command.asked == [["py", "-m", "pip", "install", "multigan-cyclegan"]]


def test_what_is_installed_is_told_with_its_recipes(command, tmp_path, monkeypatch):
    monkeypatch.delenv("MULTIGAN_PLUGINS", raising=False)

    def arrive():
        info = tmp_path / "multigan_surf-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: multigan-surf\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[multigan]\nsurf = multigan_surf\n")
        (tmp_path / "multigan_surf.py").write_text(HOOKS)

    monkeypatch.syspath_prepend(tmp_path)
    command.fake(effect=arrive)
    code, err = command("install", "surf", "-y")
    assert code == 0
    assert "installed surf (multigan-surf 1.0): recipes surf\nnext: multigan recipes surf\n" in err
    command.fake()
    assert "nothing is new: it was installed already" in command("install", "surf", "-y")[1]
    assert command("uninstall", "surf", "-y")[0] == 0
    assert command.asked[-1] == ["py", "-m", "pip", "uninstall", "--yes", "multigan-surf"]
    (tmp_path / "multigan_surf.py").unlink()
    sys.modules.pop("multigan_surf")


def test_a_failure_is_one_sentence(command):
    command.fake(1, "ERROR: No matching distribution found for multigan-cyclegn")
    code, err = command("install", "cyclegn", "-y")
    assert code == 1
    assert err.splitlines()[-1] == (
        "multigan: error: multigan-cyclegn: no package is called so, or none of that version; did you mean cyclegan?"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["uninstall", "multigan"], "multigan is the tool itself"),
        (["uninstall", "dcgn"], "dcgn: no plugin that is installed is called so; did you mean dcgan?"),
        (["install", "x", "--no-index"], "--no-index leaves nowhere to look"),
    ],
)
def test_what_cannot_be_done_is_refused(command, words, told):
    code, err = command(*words, "--yes")
    assert (code, command.asked) == (2, [])
    assert told in err


def wheel(folder, name="surf", hooks=HOOKS):
    """Writes a wheel by hand: no index, no build."""
    path = folder / f"multigan_{name}-1.0-py3-none-any.whl"
    info = f"multigan_{name}-1.0.dist-info"
    files = {
        f"multigan_{name}.py": hooks,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: multigan-{name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[multigan]\n{name} = multigan_{name}\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return path


@pytest.mark.extra
@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_wheel_is_installed_and_removed_for_real(tmp_path, installer):
    """In an environment of its own, which sees this one's packages, without an index."""
    if installer == "uv":
        uv = shutil.which("uv")
        if not uv:
            pytest.skip("uv is not here")
        words = [uv, "venv", "--offline", "--python", sys.executable, tmp_path / "env"]
    else:
        words = [sys.executable, "-m", "venv", tmp_path / "env"]
    subprocess.run(list(map(str, words)), check=True, capture_output=True)
    python = tmp_path / "env" / "bin" / "python"
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join([str(ROOT), *packages]))
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels")

    def multigan(*words):
        done = subprocess.run([python, "-m", "multigan", *words], capture_output=True, text=True, cwd=tmp_path)
        return done.returncode, done.stderr

    code, err = multigan("install", "surf", "--find-links", "wheels", "--no-index", "--yes")
    assert code == 0, err
    assert "installed surf (multigan-surf 1.0): recipes surf" in err
    assert ("uv pip install" if installer == "uv" else "-m pip install") in err.splitlines()[0].replace(" -m uv", " uv")
    assert (site / "multigan_surf.py").is_file()
    code, err = multigan("install", "surfing", "--find-links", "wheels", "--no-index", "--yes")
    assert code == 1
    assert "no package is called so, or none of that version; one that is not called" in err.splitlines()[-1]
    code, err = multigan("uninstall", "surf", "--yes")
    assert (code, (site / "multigan_surf.py").exists()) == (0, False), err

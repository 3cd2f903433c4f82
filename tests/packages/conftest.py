"""Each package is built once, whoever asks for it."""

from pathlib import Path

import pytest
from installed import Built, Environment


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Builds a package's folder once: `built(folder)`."""
    out, known = tmp_path_factory.mktemp("dist"), {}

    def build(source: Path) -> Built:
        if source not in known:
            known[source] = Built(source, out)
        return known[source]

    return build


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """A new environment: `environment()`."""
    return lambda: Environment(tmp_path_factory.mktemp("environment") / "venv")

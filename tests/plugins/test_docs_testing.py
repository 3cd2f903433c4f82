"""The tests that docs/testing.md shows run, and pass."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from multigan.testing import Contract

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page():
    module = ModuleType("testing_page")
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/testing.md", "exec"), vars(module))
    return module


@pytest.mark.parametrize("name", re.findall(r"^def (test_\w+)\((?:tmp_path)?\)", PAGE, re.MULTILINE))
def test_a_test_on_the_page_passes(page, name, tmp_path):
    getattr(page, name)(*[tmp_path][: "tmp_path" in getattr(page, name).__code__.co_varnames])


def test_the_contract_of_the_page_is_one(page, tmp_path):
    page.test_contract(Contract("dcgan", options=page.SMALL | page.VARIANTS["averaged"]), "described", tmp_path)
    page.contract.run("conditions_matter", tmp_path)


def test_every_check_is_on_the_page():
    assert set(Contract.CHECKS) <= set(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE))

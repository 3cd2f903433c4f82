"""What a plugin author's tests call: the contract that every recipe keeps, on every backend.

Example, the whole test file of a plugin:

    import pytest
    from multigan.testing import Contract

    VARIANTS = {"plain": {}, "average": {"ema": 0.9, "latent": "uniform"}}

    @pytest.fixture(scope="module", params=VARIANTS)
    def contract(request):
        return Contract("dcgan", options={"width": 4, "size": 8, **VARIANTS[request.param]})

    @pytest.mark.parametrize("check", Contract.CHECKS)
    def test_contract(contract, check, tmp_path):
        contract.run(check, tmp_path)

Data that no registered data set has, such as vectors to ask for, is made in the test:

    Contract("cgan", data=ArraySource(images, conditions=vectors))

Whether a run that was interrupted and resumed is the run that was not:

    assert not differences("runs/mygan-1", "runs/mygan-2")

The command line, in the test's own process:

    call("run", "--plugin", "mygan", "--steps", 4, "--run-dir", tmp_path / "run")
    out, err = call("sample", tmp_path / "run", "--label", "no such class", code=2)

All that can be found in a plugin, whatever it has, by one call; what each check's failure means is in `checks()`:

    check_plugin("mygan", options={"width": 4})
    check_plugin("./my_gan.py")

Of it what shows without training, as `multigan plugins --check NAME` does:

    assert not plugin_faults("mygan")
"""

from multigan.testing.arrays import ArraySource
from multigan.testing.calls import call
from multigan.testing.contract import Contract
from multigan.testing.plugins import plugin_faults
from multigan.testing.runs import differences
from multigan.testing.whole import FaultyPluginError, check_plugin, checks

__all__ = [
    "ArraySource",
    "Contract",
    "FaultyPluginError",
    "call",
    "check_plugin",
    "checks",
    "differences",
    "plugin_faults",
]

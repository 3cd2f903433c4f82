"""What all of these tests share."""

import pytest
from multigan_cyclegan import colours


@pytest.fixture(scope="module", autouse=True)
def short_search(request):
    """The search for a map of colours takes some seconds: where it is not looked at, one of a few steps will do."""
    with pytest.MonkeyPatch.context() as patch:
        if not getattr(request.module, "WHOLE_SEARCH", False):
            for name, value in {"SEARCHES": 1, "TRIED": 4, "KEPT": 1, "FINALISTS": 1, "UPDATES": 2}.items():
                patch.setattr(colours, name, value)
        yield

"""The real command line, called in a test's own process."""

import contextlib
import io
import sys

__all__ = ["call"]


def call(*words: object, code: int = 0) -> tuple[str, str]:
    """Runs `multigan WORDS...` in this process; returns what it says on stdout and on stderr.

    Args:
        words: of the command, each as `str` writes it: `call("sample", path, "-n", 4)`.
        code: that it must end with.

    Raises:
        AssertionError: it ended with another one; with all that it said.
    """
    from multigan.cli import main

    # As in a process of its own layers are numbered from the start: TensorFlow's order of sums follows their names.
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
            found = 0
        except SystemExit as ended:
            found = ended.code
    if found != code:
        raise AssertionError(f"the exit code is {found} and not {code}:\n{out.getvalue()}{err.getvalue()}")
    return out.getvalue(), err.getvalue()

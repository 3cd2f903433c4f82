"""Serves the page on this machine."""

import logging
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from multigan import UsageError
from multigan_studio.workshop import Workshop

__all__ = ["application", "names_of", "serve"]

# Requests at a time, open event streams among them.
CONCURRENT = 100
LOCAL = ("127.0.0.1", "localhost")


def serve(
    paths: Sequence[Path],
    registry: Any,
    say: Callable[[str], None],
    host: str,
    port: int,
    allow: Sequence[str] = (),
    checkpoint: str = "latest",
    backend: str | None = None,
    device: str | None = None,
) -> None:
    """Opens runs and serves the page until somebody ends it.

    Args:
        paths: of the runs.
        registry: the loaded plugins.
        say: takes a line for the terminal.
        host, port: where it listens; port 0 takes any that is free.
        allow: further names that browsers may call this machine by.
        checkpoint, backend, device: as of `multigan sample`.

    Raises:
        UsageError: a run that cannot be opened, or a port that is taken.
    """
    with Workshop() as workshop, _listening(host, port) as listener:
        offline(workshop)
        from multigan_studio.opened import open_runs

        runs = open_runs(paths, registry, say, checkpoint, backend, device)
        for opened in runs:
            if opened.why:
                say(f"note: {opened.why}")
        import uvicorn

        app = application(workshop, runs, say, names_of(host, allow))
        config = uvicorn.Config(
            app, log_level="error", limit_concurrency=CONCURRENT, timeout_graceful_shutdown=1, server_header=False
        )
        shown = f"[{host}]" if ":" in host else host
        say(f"the studio is at http://{shown}:{listener.getsockname()[1]} (Ctrl-C ends it)")
        uvicorn.Server(config).run(sockets=[listener])


def offline(workshop: Workshop) -> None:
    """Sets what Gradio and its libraries look at when they are imported: nothing is told or asked for elsewhere."""
    os.environ["GRADIO_TEMP_DIR"] = str(workshop.uploads)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # It takes several games, each compiled once, for one that is compiled again and again.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def application(workshop: Workshop, runs: Sequence[Any], say: Callable[[str], None], names: Sequence[str]) -> Any:
    """Returns the page's ASGI application; `offline` was called before Gradio was imported.

    Args:
        workshop: where all that is made lies.
        runs: that are open.
        say: takes a line for the terminal.
        names: that browsers may call this machine by.
    """
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from multigan_studio.guard import Guard
    from multigan_studio.page import build
    from multigan_studio.theme import CSS, theme
    from multigan_studio.uploads import BYTES

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app = gr.mount_gradio_app(
        app,
        build(workshop, runs, say),
        path="/",
        server_name=LOCAL[0],
        allowed_paths=[str(workshop.folder / "made")],
        max_file_size=BYTES,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        mcp_server=False,
        footer_links=[],
        theme=theme(),
        css=CSS,
    )
    app.add_middleware(Guard, workshop=workshop)
    # Outermost: a page of somebody else's, whose name leads to this machine, gets nothing.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(names), www_redirect=False)
    return app


def names_of(host: str, allow: Sequence[str] = ()) -> list[str]:
    """Returns the names that browsers may call this machine by: where it listens, and those that were allowed."""
    own = [] if host in ("0.0.0.0", "::") else [host]
    return list(dict.fromkeys([*LOCAL, *own, *allow]))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        where = f"--host {host} --port {port}: cannot listen there ({error.strerror or error})"
        raise UsageError(f"{where}; choose another port: --port 0 takes any that is free") from None

"""`multigan studio`."""

from pathlib import Path

import click

from multigan import current_shell

__all__ = ["studio"]


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="Of the page; 0: any.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where the page listens. Whoever reaches it can use the runs: there is no password.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="NAME",
    help="Another name that browsers may call this machine by; may repeat.",
)
@click.option("--checkpoint", default="latest", show_default=True, help="latest, best or a step.")
@click.option("--backend", default=None, metavar="NAME", help="tensorflow, jax or torch; the first run's by default.")
@click.option("--device", default=None, metavar="NAME", help="cpu or gpu.")
def studio(runs, port, host, allow, checkpoint, backend, device):
    """Open a page on this machine to play with runs.

    The page follows from what each run is asked by and from what it makes: samples by seed and class, mixed, walked
    through; pictures translated, holes brushed, maps painted; sounds played, texts begun. A run that trains shows its
    curves and previews, and can be asked for a checkpoint or a stop. Nothing leaves the machine.
    """
    shell = current_shell()
    from multigan_studio.server import serve

    serve(runs, shell.registry, shell.say, host, port, allow, checkpoint, backend, device)

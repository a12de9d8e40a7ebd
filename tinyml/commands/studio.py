"""`tinyml studio`: the local page."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result


@click.command("studio")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("pictures"), required=False)
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="TCP port.  [default: a free one]")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Listen on this address: 0.0.0.0 opens the page to the home network, and asks for a password first.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the browser; print the address alone.")
def command(folder: Path, port: int, host: str, no_browser: bool) -> Result:
    """Collect, label, train, look, flash and watch on a local page, on the same files as the command line.

    FOLDER holds the pictures, as for `tinyml train FOLDER`; it is made where there is none ("pictures" if not given). Runs
    lie where the other commands put them. The server answers this computer alone, and only a browser that was opened with
    the key in its address.
    """
    from tinyml.layers import require
    from tinyml.progress import note
    from tinyml.studio.server import LOCAL, serve

    require("studio", "the studio")
    password = ""
    if host not in (LOCAL, "localhost"):
        note(
            f"{host} is not this computer alone: whoever is in this network and knows the password can see and change the "
            "pictures, start training, and flash boards that are connected here"
        )
        password = click.prompt("password for the page", hide_input=True, confirmation_prompt=True, err=True)
    address = serve(folder, host=host, port=port, password=password, browser=not no_browser, tell=note)
    return Result({"folder": str(folder.resolve()), "address": address}, ["the studio is closed"])

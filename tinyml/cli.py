"""The command line: one table of commands; the only module that prints and exits."""

import difflib
import importlib
import json
import os
import sys
from typing import Any

import rich_click as click

from tinyml import __version__
from tinyml.errors import TinymlError

# name: what it does. The handler is `command` in tinyml/commands/<name>.py, imported only when that command runs.
COMMANDS = {
    "train": "Train a network on labelled pictures.",
    "presets": "Show the training presets, and what each costs on a board.",
    "estimate": "Tell what a network costs on a board, before it is trained.",
    "tune": "Search for the best network that fits a board.",
    "recipes": "List published setups, and which were reproduced.",
    "evaluate": "Measure how good a run is, stage by stage.",
    "predict": "Show what a run sees in pictures.",
    "export": "Export a run for a board: ONNX, TFLite, C, accuracy, memory budget.",
    "compile": "Compile a .tflite model to plain C, with its memory plan.",
    "verify": "Compare the compiled C with TFLite-Micro, byte for byte.",
    "build": "Build a run's firmware and check that it fits the board.",
    "flash": "Build, flash the board, and run its self test.",
    "benchmark": "Benchmark a board over its serial port, real or emulated.",
    "data": "List, show, check, convert, fetch and render data sets.",
    "capture": "Take pictures with a board's camera for a data set.",
    "studio": "Collect, label, train, look, flash and watch on a local page.",
    "runs": "List the runs, or remove some.",
    "compare": "Compare runs: accuracy, bytes, RAM, MACs, instructions.",
    "report": "Write one HTML file that shows a run.",
    "boards": "List the boards: their memory regions, budgets and clocks.",
    "doctor": "Check this computer: what is missing, and how to fix it.",
}

click.rich_click.TEXT_MARKUP = "markdown"


class CommandTable(click.RichGroup):
    """A group whose commands are the rows of `COMMANDS`; each also takes `--json`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        # For listings and completion: the summary alone, so that `tinyml --help` imports no handler.
        return click.RichCommand(name=cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS:
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        command: click.Command = importlib.import_module(f"tinyml.commands.{name}").command
        leaves = list(command.commands.values()) if isinstance(command, click.Group) else [command]
        if isinstance(command, click.Group) and command.invoke_without_command:
            leaves.append(command)
        for leaf in leaves:
            if all(parameter.name != "as_json" for parameter in leaf.params):
                leaf.params.append(
                    click.Option(
                        ["--json", "as_json"],
                        is_flag=True,
                        expose_value=False,
                        callback=_choose_json,
                        help="Print the result as JSON, for machines.",
                    )
                )
        return name, command, args[1:]


def _choose_json(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.find_root().ensure_object(dict)["json"] = value  # a command run by itself has no settings yet


def _of_the_system(error: OSError) -> TinymlError:
    """Return an operating system error as a message; where the error can be foreseen, the code itself says more."""
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return TinymlError(what, cure="check the path, its permissions and the space on its disk")


@click.group(
    cls=CommandTable,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="The main job: `tinyml train fruit`, then `tinyml export fruit --target esp32cam`, "
    "then `tinyml flash fruit --target esp32cam`.",
)
@click.version_option(__version__, prog_name="tinyml")
def app() -> None:
    """**tinyml**: from labelled pictures to proven vision firmware for a microcontroller, offline."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 (error), 2 (usage), 3 (over budget) or 130 (interrupted)."""
    from rich.text import Text

    from tinyml import progress
    from tinyml.console import PlainConsole

    errors = PlainConsole(stderr=True)
    settings: dict[str, Any] = {"json": False}
    progress.enable(errors)

    def complain(what: str, cure: str = "") -> None:
        errors.say(Text.assemble(("error:", "bold red"), " ", what))
        if cure:
            errors.say(Text.assemble(("try:", "bold green"), " ", cure))

    try:
        result = app.main(arguments, prog_name="tinyml", standalone_mode=False, obj=settings)
    except (TinymlError, OSError) as failure:
        error = failure if isinstance(failure, TinymlError) else _of_the_system(failure)
        if settings["json"]:
            print(json.dumps({"error": error.what, "cure": error.cure}))
        complain(error.what, error.cure)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        errors.print("interrupted")
        sys.exit(130)
    if isinstance(result, int) or result is None:  # --help, --version
        sys.exit(result or 0)
    try:
        if settings["json"]:
            print(json.dumps(result.data, indent=2))
        else:
            PlainConsole().say(*result.view)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (`| head`) has gone: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # what is left would fail again at exit
        complain(f"the output cannot be written: {error.strerror}")
        sys.exit(1)
    sys.exit(result.exit_code)


if __name__ == "__main__":
    main()

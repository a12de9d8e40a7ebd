"""`tinyml flash`: from a run to a board that runs it."""

from typing import Any

import rich_click as click
from rich.text import Text

from tinyml.commands import Result
from tinyml.terminal.completion import runs
from tinyml.terminal.models import firmware_options, run_or_model
from tinyml.terminal.options import target_option


@click.command("flash")
@click.argument("run", shell_complete=runs, required=False)
@firmware_options
@target_option
@click.option("--port", help="Serial port. Not needed if only one board is connected.")
def command(run: str | None, target: str, port: str | None, **model: Any) -> Result:
    """Build the firmware of a run, or of any .tflite file, check that it fits, flash it, and run the board's self test.

    Ends with exit code 3 if it does not fit, before anything is sent, and with 1 if the board's results differ from
    this computer's.
    """
    from tinyml.device.budget import bars
    from tinyml.workflow.flash import flash

    flashed = flash(run_or_model(run, **model), target, port)
    named = run or f"--model {model['model']}"
    info, selftest = flashed.info, flashed.selftest
    said = f"{flashed.port}: {info.board}, tinyml {info.version}, model '{info.model}'"
    verdict = "self test passed: every layer computes what the PC computed"
    if not selftest.passed:
        verdict = (
            f"self test FAILED: {selftest.colours_differ or selftest.name} differs from what the PC computed"
        )
    data = {
        "port": flashed.port,
        "board": info.board,
        "model": info.model,
        "model_sha256": info.model_sha256,
        "selftest": selftest.passed,
        "budget": flashed.firmware.budget,
    }
    next_step = f"measure it: tinyml benchmark {named} --port {flashed.port}"
    view = [*(Text(line) for line in bars(flashed.firmware.budget)), Text(said), Text(verdict), next_step]
    return Result(data, view, exit_code=int(not selftest.passed))

"""Runs side by side: what may stand in one row, and what may not."""

import io

from tinyml.console import PlainConsole
from tinyml.terminal.compare import table_of
from tinyml.workflow.compare import ComparedRun


def compared(name: str, board: str | None, instructions: int | None) -> ComparedRun:
    figures = dict.fromkeys(ComparedRun.__dataclass_fields__)
    figures |= {
        "run": name,
        "metric": "accuracy",
        "data": "fruit",
        "remark": "",
        "float": 0.9,
        "test_pictures": 60,
    }
    figures |= {"parameters": 1000, "instructions": instructions, "instructions_board": board}
    return ComparedRun(**figures)


def test_counts_of_different_processors_stand_in_rows_of_their_own() -> None:
    out = io.StringIO()
    rows = [
        compared("one", "esp32_emulated", 111_000),
        compared("two", "cortex_m4_emulated", 222_000),
        compared("three", None, None),
    ]
    PlainConsole(file=out, width=80).print(table_of(rows))
    lines = out.getvalue().splitlines()
    (lx6,) = [line for line in lines if "esp32_emulated" in line]
    (m4,) = [line for line in lines if "cortex_m4_emulated" in line]
    assert "111 k" in lx6 and "222 k" not in lx6
    assert "222 k" in m4 and "111 k" not in m4
    assert max(map(len, lines)) <= 80

"""What reaches a terminal: never a control character that came from a name."""

import io

from rich.table import Table

from tinyml.console import PlainConsole

HOSTILE = "a\x1b[2Jb\x1b]0;owned\x07c\x9b31md\x7f"


def test_control_characters_are_shown_not_obeyed() -> None:
    out = io.StringIO()
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    console = PlainConsole(file=out, force_terminal=True, width=200)
    console.print(HOSTILE, table, sep="\n")
    said = out.getvalue()
    assert "owned" in said and "\x1b]0" not in said and "\x1b[2J" not in said
    assert not set(said) & {"\x07", "\x9b", "\x7f"}


def test_colours_stay() -> None:
    out = io.StringIO()
    PlainConsole(file=out, force_terminal=True, color_system="standard").print("[bold red]error:[/] what")
    assert "\x1b[1;31merror:" in out.getvalue()


def test_a_locale_without_the_letters() -> None:
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    PlainConsole(file=terminal).print("äpfel \udcff")
    assert raw.getvalue().startswith(b"\\xe4pfel")

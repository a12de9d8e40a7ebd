"""docs/operators.md says what the tables in the code say, and leaves no operator of TFLite-Micro without a word."""

import re

import pytest
from support.scripts import tool

from tinyml.compiler.ops import OPERATORS

script = tool("list_operators")


def test_the_page_is_what_the_tables_say() -> None:
    known = script.listed()
    assert len(known) > 90
    assert script.PAGE.read_text() == script.page(known), "run tools/list_operators.py"


def test_every_operator_of_the_resolver_compiles_or_has_a_reason() -> None:
    rows = re.findall(r"^\| ([A-Z0-9_]+) \| (.+?) \|", script.PAGE.read_text(), re.MULTILINE)
    for op, support in rows:
        assert op in {*OPERATORS, *script.APART, *script.VARIABLES} or not support.startswith("yes")
        assert support.startswith(("yes", "no: ", "of constants"))
    assert {op for op, _ in rows} >= {*OPERATORS, *script.APART}


@pytest.mark.slow
def test_the_resolver_knows_what_the_page_lists() -> None:
    assert sorted(script.resolver()) == script.listed()

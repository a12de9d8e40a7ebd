"""Reads test programs that print `ok NAME` or `not ok NAME: why`, and `# done` at the end."""

import re

import click
from platformio.public import TestCase, TestRunnerBase, TestStatus


class CustomTestRunner(TestRunnerBase):
    """PlatformIO's runner for this format."""

    LINE = re.compile(r"^(?P<status>ok|not ok) (?P<name>[^:]+)(: (?P<why>.*))?$")

    def on_testing_line_output(self, line: str) -> None:
        """Turn one printed line into a test case, or into the end of the suite."""
        line = line.strip()
        if found := self.LINE.match(line):
            status = TestStatus.PASSED if found["status"] == "ok" else TestStatus.FAILED
            case = TestCase(name=found["name"], status=status, message=found["why"], stdout=line)
            self.test_suite.add_case(case)
            click.echo(case.humanize())
        elif line == "# done":
            self.test_suite.on_finish()

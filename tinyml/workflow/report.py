"""One HTML file about a run."""

from pathlib import Path

from tinyml.files import write_text
from tinyml.report.page import build_page, check_run
from tinyml.workflow.run import Run, load_run


def report(run: Run | Path | str, out: Path | None = None) -> Path:
    """Write one HTML file that shows a run and return its path; raises TinymlError where the training has not ended."""
    run = load_run(run)
    check_run(run.folder)
    target = out or run.files.report
    write_text(target, build_page(run.folder))
    return target

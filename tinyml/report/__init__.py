"""One HTML file that shows a run: what it learned from, how well, what it costs, and where that was measured."""

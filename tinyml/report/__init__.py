"""One HTML file that shows a run: what it learned from, how well, what it takes, and where that was measured."""

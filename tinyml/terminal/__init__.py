"""What results look like in a terminal: rich tables and bars, one module for each command that has them."""

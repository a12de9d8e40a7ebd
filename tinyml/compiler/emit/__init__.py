"""The text of the generated C, and the drawing of its memory."""

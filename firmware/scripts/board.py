"""Before a build for a real board: what its file in tinyml/boards says, as macros: CAMERA_PIN_*, TINYML_WORKERS."""

from tinyml.boards import load_board

Import("env")  # noqa: F821

board = load_board(env.GetProjectOption("custom_board", env["PIOENV"]))  # noqa: F821
macros = {f"CAMERA_PIN_{name.upper()}": pin for name, pin in board.pins["camera"].items()}
macros["TINYML_WORKERS"] = board.compiler["workers"]
env.Append(CPPDEFINES=list(macros.items()))  # noqa: F821

"""Before a build for a real board: the camera's pins, from the board's file in tinyml/boards, as CAMERA_PIN_*."""

from tinyml.boards import load_board

Import("env")  # noqa: F821

board = load_board(env.GetProjectOption("custom_board", env["PIOENV"]))  # noqa: F821
env.Append(  # noqa: F821
    CPPDEFINES=[(f"CAMERA_PIN_{name.upper()}", pin) for name, pin in board.pins["camera"].items()]
)

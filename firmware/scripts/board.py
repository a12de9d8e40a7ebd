"""Before a build for a real board: what its file in tinyml/boards says, as macros and as PlatformIO's settings of a board."""

from tinyml.boards import load_board

Import("env")  # noqa: F821

board = load_board(env.GetProjectOption("custom_board", env["PIOENV"]))  # noqa: F821
if not board.emulated:
    macros = {f"CAMERA_PIN_{name.upper()}": pin for name, pin in board.pins["camera"].items()}
    macros |= {
        "TINYML_BOARD": env.StringifyMacro(board.name),  # noqa: F821
        "TM_KERNELS": f"TM_{board.compiler['kernels'].upper()}",
        "TINYML_WORKERS": board.compiler["workers"],
        "TINYML_USB_SERIAL": int(board.serial == "usb"),
        "CAMERA_FRAME_SIZE": f"FRAMESIZE_{board.camera['frame_size']}",
        "CAMERA_FRAMES": board.camera["frames"],
        "CAMERA_FRAMES_IN_PSRAM": int(board.camera["memory"] == "psram"),
        "INPUT_IN_PSRAM": int(board.region_for("input").name == "psram"),
    }
    if any(region.name == "psram" for region in board.regions):
        macros["BOARD_HAS_PSRAM"] = 1
    env.Append(CPPDEFINES=list(macros.items()))  # noqa: F821
    settings = env.BoardConfig()  # noqa: F821
    for option, value in (
        ("build.f_cpu", f"{board.clock_hz}L"),
        ("build.flash_mode", board.flash["mode"]),
        ("build.f_flash", f"{board.flash['clock_hz']}L"),
        ("build.partitions", board.flash["partitions"]),
        ("build.arduino.memory_type", board.flash.get("memory_type")),
        ("upload.speed", board.flash["upload_baud"]),
    ):
        if value is not None:
            settings.update(option, value)
    env.Replace(UPLOAD_SPEED=board.flash["upload_baud"])  # noqa: F821

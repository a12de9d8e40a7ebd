"""The stand-in's framework: include path, macros and sources, as Arduino's core 2.0.17 gives them to a project."""

from pathlib import Path

from SCons.Script import DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
framework = Path(env.PioPlatform().get_package_dir("framework-arduinoespressif32"))
chip = board.get("build.mcu")
platform = Path(env["PROJECT_DIR"]) / "platform" / "support"
env.Append(
    CPPPATH=[
        str(framework / "include"),
        str(platform / "freestanding" / "include"),
    ],  # the latter: <string.h>
    CPPDEFINES=["ESP_PLATFORM", "ESP32", ("ARDUINO", 10812), "ARDUINO_ARCH_ESP32", ("F_CPU", "$BOARD_F_CPU")],
    CCFLAGS=board.get("build.extra_flags").split(),
)
env.BuildSources("$BUILD_DIR/core", str(framework / "src"))
env.BuildSources("$BUILD_DIR/runtime", str(platform / "lx6"), "+<runtime.c>")
env.BuildSources("$BUILD_DIR/string", str(platform / "freestanding"), "+<*.c>")

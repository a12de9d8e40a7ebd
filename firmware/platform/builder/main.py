"""PlatformIO's build script: compile with a toolchain found on PATH, link, and run in the emulator.

Everything a board differs in comes from its JSON file beside this folder (compiler, flags, support folder) and from
tinyml's own board file of the same name (emulator, kernels).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment

from tinyml.boards import load_board
from tinyml.device import emulator
from tinyml.errors import TinymlError

env = DefaultEnvironment()
settings = env.BoardConfig()
platform_dir = Path(env.PioPlatform().get_dir())
support_dirs = [platform_dir / "support" / name for name in settings.get("build.support")]
prefix = settings.get("build.toolchain")
cflags = list(settings.get("build.cflags"))
ldflags = list(settings.get("build.ldflags"))
board = load_board(settings.id)
emulated = bool(board.emulator)
lx6 = settings.get("build.mcu") == "esp32"


def fail(message: str) -> None:
    """End the build with a message that says what is missing."""
    sys.stderr.write(f"Error: board '{settings.id}': {message}\n")
    env.Exit(1)


llvm_dir = Path(os.environ.get("TINYML_LLVM", "/usr/lib/llvm-22/bin"))
missing = [tool for tool in (f"{prefix}ld" if lx6 else f"{prefix}gcc",) if shutil.which(tool) is None]
if lx6:
    missing += [
        str(llvm_dir / tool) for tool in ("clang", "llc", "llvm-mc") if not (llvm_dir / tool).is_file()
    ]
if missing:
    fail(f"{', '.join(missing)} not found; install {settings.get('build.package')} (tools/install_debian.sh)")

if lx6:
    compiler = os.path.relpath(
        platform_dir / "builder" / "lx6cc.py", env["PROJECT_DIR"]
    )  # the same in every project
    driver = f'"$PYTHONEXE" "{compiler}" --llvm "{llvm_dir}"'
    env.Replace(CC=driver, AS=driver, AR=f"{prefix}ar", RANLIB=f"{prefix}ranlib", LINK=f"{prefix}ld")
    env.Append(ASPPFLAGS=cflags, LINKFLAGS=["--gc-sections", "-Map=${TARGET.base}.map"])
else:
    env.Replace(
        CC=f"{prefix}gcc",
        CXX=f"{prefix}g++",
        AS=f"{prefix}gcc",
        AR=f"{prefix}gcc-ar",
        RANLIB=f"{prefix}gcc-ranlib",
    )
    env.Append(
        CCFLAGS=["-ffunction-sections", "-fdata-sections"],
        ASFLAGS=["-x", "assembler-with-cpp"],
        ASPPFLAGS=["-x", "assembler-with-cpp", *cflags],
        CXXFLAGS=["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"],
        LINKFLAGS=["-Wl,--gc-sections", "-Wl,-Map=${TARGET.base}.map"],
    )
env.Append(
    CFLAGS=["-std=c11" if lx6 else "-std=gnu11"],
    CCFLAGS=["-Wall", "-Wextra", *cflags],
    LINKFLAGS=[flag for flag in ldflags if not flag.startswith("-l")],
    LIBS=[flag[2:] for flag in ldflags if flag.startswith("-l")],
    CPPPATH=[
        str(folder / "include")
        for folder in (
            platform_dir.resolve().parent,
            *support_dirs,
        )  # hal.h is in the project's own include folder
        if (folder / "include").is_dir()
    ],
)
uart_port = env.GetProjectOption("custom_uart_port", emulator.DEFAULT_PORT)
kernels = env.GetProjectOption("custom_kernels", board.compiler["kernels"])
env.Append(CPPDEFINES=[("TM_KERNELS", f"TM_{kernels.upper()}")])
env.Replace(
    ARFLAGS=["rc"],
    PROGNAME="firmware" if emulated else "program",
    PROGSUFFIX=".elf" if emulated else "",
    SIZETOOL=f"{prefix}size",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    SIZEPRINTCMD="$SIZETOOL -B -d $SOURCES",
    SIZEPROGREGEXP=r"^(?:\.text|\.rodata|\.data|\.iram0\.text|\.dram0\.data|\.flash\.\w+)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.bss|\.dram0\.data|\.dram0\.bss)\s+(\d+).*",
)
if emulated:
    env.Replace(LDSCRIPT_PATH=str(support_dirs[0] / "link.ld"))

for folder in support_dirs:
    env.BuildSources(f"$BUILD_DIR/support/{folder.name}", str(folder))
program = env.BuildProgram()


def write_launcher(target: list, source: list, env: object) -> None:
    """Write a script that runs the firmware in the foreground, its serial line on standard input and output."""
    command = emulator.command_line(board, Path(str(source[0])).resolve())
    launcher = Path(str(target[0]))
    launcher.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in command) + "\n")
    launcher.chmod(0o755)


def tell(action):
    """Turn tinyml's errors into messages of the build."""

    def wrapped(target: list, source: list, env: object) -> int:
        try:
            return action(target, source, env) or 0
        except TinymlError as error:
            sys.stderr.write(f"Error: {error.what}\n  {error.cure}\n")
            return 1

    return wrapped


def paths() -> tuple[Path, Path]:
    """Return the program and the file that names its running emulator."""
    return Path(env.subst("$BUILD_DIR/$PROGNAME$PROGSUFFIX")).resolve(), Path(
        env.subst("$BUILD_DIR/emulator.pid")
    )


def upload(target: list, source: list, env: object) -> int:
    """Start the program with its serial line on TCP, instead of the one started before."""
    firmware, pid_file = paths()
    emulator.stop_detached(pid_file, firmware)
    port = int(uart_port)
    process = emulator.start(board, firmware, port, log=pid_file.with_suffix(".log"), detach=True)
    pid_file.write_text(f"{process.pid}\n")
    print(f"{board.name} runs (process {process.pid}), serial line at socket://127.0.0.1:{port}")
    return 0


def stop(target: list, source: list, env: object) -> int:
    """Stop the program that the last upload started."""
    firmware, pid_file = paths()
    print("stopped" if emulator.stop_detached(pid_file, firmware) else "was not running")
    return 0


def execute(target: list, source: list, env: object) -> int:
    """Run the program here and now."""
    return subprocess.call(emulator.command_line(board, paths()[0]))


targets = [program]
if emulated:
    launcher = env.Command(
        "$BUILD_DIR/program", program, env.VerboseAction(tell(write_launcher), "Writing $TARGET")
    )
    targets.append(launcher)
AlwaysBuild(env.Alias("nobuild", program))
AlwaysBuild(env.Alias("buildprog", targets, targets))
env.AddPlatformTarget(
    "size", program, env.VerboseAction("$SIZEPRINTCMD", "Calculating size $SOURCE"), "Program Size", ""
)
env.AddPlatformTarget(
    "upload",
    targets,
    [env.VerboseAction(tell(upload), "Starting $SOURCE")],
    "Upload",
    "Start it, serial line on TCP",
)
env.AddPlatformTarget(
    "stop", None, [env.VerboseAction(tell(stop), "Stopping")], "Stop", "Stop what upload started"
)
env.AddPlatformTarget(
    "exec",
    targets,
    [env.VerboseAction(tell(execute), "Running")],
    "Execute",
    "Run it here, serial line on this terminal",
)
Default(targets)

"""The stand-in's build script: LX6 objects by LLVM, linked with the vendor's memory map, made into an image by esptool.

It reads from the board's configuration what the vendor's script reads from it: the chip, flash mode and clock, partitions.
"""

import os
from pathlib import Path

from SCons.Script import AlwaysBuild, Builder, Default, DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
here = Path(env.PioPlatform().get_dir())
chip = board.get("build.mcu")
llvm = os.environ.get("TINYML_LLVM", "/usr/lib/llvm-22/bin")
driver = f'"$PYTHONEXE" "platform/builder/lx6cc.py" --llvm "{llvm}"'
tools = "xtensa-lx106-elf-"

env.Replace(
    AR=f"{tools}ar", AS=driver, CC=driver, CXX=driver, LINK=f"{tools}ld", RANLIB=f"{tools}ranlib", SIZETOOL=f"{tools}size",
    ARFLAGS=["rc"], PROGNAME="firmware", PROGSUFFIX=".elf",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    SIZEPRINTCMD="$SIZETOOL -B -d $SOURCES",
    SIZEPROGREGEXP=r"^(?:\.iram0\.text|\.iram0\.vectors|\.dram0\.data|\.flash\.text|\.flash\.rodata)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.dram0\.data|\.dram0\.bss|\.noinit)\s+(\d+).*",
    LDSCRIPT_PATH=str(here / "ld" / f"{chip}.ld"),
)  # fmt: skip
env.Append(
    CFLAGS=["-std=gnu99"],
    CXXFLAGS=["-std=gnu++11", "-fno-exceptions", "-fno-rtti"],
    CCFLAGS=["-Os", "-Wall", "-Wextra", "-Werror", "-mlongcalls"],
    LINKFLAGS=["--gc-sections", "--no-relax", "--no-warn-rwx-segments", "-z", "noexecstack", "-Map=${TARGET.base}.map"],
)  # fmt: skip
partitions = board.get("build.partitions", "default.csv")
board.update("upload.maximum_size", {"default.csv": 1310720, "huge_app.csv": 3145728}[partitions])

flash_mhz = int(board.get("build.f_flash").rstrip("L")) // 1_000_000
image_command = (
    f'"$PYTHONEXE" -m esptool --chip {chip} elf2image --flash-mode {board.get("build.flash_mode")} '
    f'--flash-freq {flash_mhz}m --flash-size {board.get("upload.flash_size")} -o "$TARGET" "$SOURCE"'
)
env.Append(
    BUILDERS={"ElfToBin": Builder(action=env.VerboseAction(image_command, "Building $TARGET"), suffix=".bin")}
)

program = env.BuildProgram()
image = env.ElfToBin("$BUILD_DIR/firmware", program)
AlwaysBuild(env.Alias("nobuild", image))
AlwaysBuild(env.Alias("buildprog", image, image))
env.Replace(UPLOADCMD=os.environ.get("TINYML_STANDIN_UPLOAD", "false"))
env.AddPlatformTarget("upload", image, [env.VerboseAction("$UPLOADCMD", "Uploading $SOURCE")], "Upload", "")
Default(image)

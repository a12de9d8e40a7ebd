"""Before a build: what was compiled before, for whatever run, is taken from the folder that TINYML_OBJECTS names."""

import os
import sys
from pathlib import Path

Import("env")  # noqa: F821

if objects := os.environ.get("TINYML_OBJECTS"):
    env.CacheDir(objects)  # noqa: F821
    # SCons knows an object again by the command that made it, which names its folder. PlatformIO calls the folder of a
    # library after the path of its sources, which is another one in each run's project: ours keep their names alone.
    libraries = Path(env.subst("$PROJECT_DIR"), "lib")  # noqa: F821
    library = sys.modules["piolib"].LibBuilderBase
    elsewhere = library.build_dir.fget
    library.build_dir = property(
        lambda self: (
            f"$BUILD_DIR/lib/{Path(self.path).name}"
            if Path(self.path).parent == libraries
            else elsewhere(self)
        )
    )

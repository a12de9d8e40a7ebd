"""Ends with 0 where the platform that an environment names is installed, else with 3; prints its name. No network.

have_platform.py ENVIRONMENT [CONFIGURATION]
"""

import sys

from platformio.package.manager.platform import PlatformPackageManager
from platformio.project.config import ProjectConfig

platform = ProjectConfig.get_instance((sys.argv[2:] or ["platformio.ini"])[0]).get(
    f"env:{sys.argv[1]}", "platform"
)
print(platform)
local = platform.startswith(("symlink://", "file://"))
sys.exit(0 if local or PlatformPackageManager().get_package(platform) else 3)

#!/usr/bin/env bash
# Install the Debian packages that tests need: for emulated boards compilers for LX6, Cortex-M4 and RV32, and QEMU; a
# PostgreSQL server for studies that machines share, the browser in which the studio is tested.
# Does nothing where they are there; says what is missing, and goes on, where apt or the right to use it is not.
set -u
packages=(clang-22 llvm-22 gcc-xtensa-lx106 binutils-xtensa-lx106 gcc-arm-none-eabi libnewlib-arm-none-eabi
          gcc-riscv64-unknown-elf qemu-system-misc qemu-system-arm gcc g++ libclang-rt-22-dev postgresql chromium)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

skip() {
  echo "tools: tests that need them will be skipped: $1" >&2
  echo "tools: missing: ${missing[*]}" >&2
  exit 0
}
command -v apt-get >/dev/null || skip "apt-get is not here"
run=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || skip "installing packages needs root"
  run=(sudo -n)
fi
export DEBIAN_FRONTEND=noninteractive
echo "tools: installing ${missing[*]}"
"${run[@]}" apt-get update -qq && "${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
  || skip "apt-get failed"

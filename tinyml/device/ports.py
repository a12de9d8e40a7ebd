"""Find the serial port of the board."""

from serial.tools import list_ports

from tinyml.errors import DeviceError

BRIDGES = {  # USB vendor ids of the serial bridges that these boards have
    0x10C4: "CP210x",
    0x1A86: "CH340",
    0x0403: "FTDI",
    0x067B: "PL2303",
    0x303A: "Espressif",
}


def candidates() -> list[tuple[str, str]]:
    """Return (port, description) of each port with a USB serial bridge; of all USB ports where none is known."""
    ports = [port for port in list_ports.comports() if port.vid is not None]
    known = [port for port in ports if port.vid in BRIDGES]
    return [(port.device, f"{BRIDGES.get(port.vid, 'USB')} {port.description}") for port in known or ports]


def find_port() -> str:
    """Return the one port that a board can be at; raises DeviceError where there is none, or more than one."""
    found = candidates()
    if not found:
        raise DeviceError(
            "no board found: there is no USB serial port",
            cure="plug the board in, name its port with --port, or try it without a board: --emulate esp32_emulated",
        )
    if len(found) > 1:
        listed = "; ".join(f"{device} ({description})" for device, description in found)
        raise DeviceError(f"more than one serial port: {listed}", cure="choose one with --port")
    return found[0][0]

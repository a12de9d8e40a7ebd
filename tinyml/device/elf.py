"""How much of each memory region of its board a linked firmware uses, read from the ELF file itself."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from tinyml.boards import Board, Region
from tinyml.contracts.board import Symbol as SymbolRow
from tinyml.errors import ToolchainError

HEAP_REQUEST = (
    "tinyml_heap_request_bytes"  # uint32: the largest block that the application will ask the heap for
)
LARGEST = 10


@dataclass(frozen=True)
class Section:
    """An allocated section: where it runs, how large it is, and whether the image carries its bytes."""

    name: str
    address: int
    size_bytes: int
    in_image: bool


@dataclass(frozen=True)
class Symbol:
    """A function or an object, and the region that it lies in."""

    name: str
    size_bytes: int
    section: str
    region: str


@dataclass(frozen=True)
class Footprint:
    """Bytes used per region, the largest symbols first, and the sections that no region of the board claims."""

    used_bytes: dict[str, int]
    symbols: list[Symbol] = field(default_factory=list)
    unplaced: list[Section] = field(default_factory=list)

    def largest(self, region: str | None = None) -> list[SymbolRow]:
        """Return the ten largest symbols, of one region or of all, as plain data."""
        rows: list[SymbolRow] = [
            {"name": one.name, "size_bytes": one.size_bytes, "section": one.section, "region": one.region}
            for one in self.symbols
            if region in (None, one.region)
        ]
        return rows[:LARGEST]


def belongs(section: Section, region: Region) -> bool:
    """Tell whether `region` holds `section`: named in its `sections`, or at one of its `addresses`.

    What only takes RAM at run time is not part of a region that holds the image, wherever its address is.
    """
    if section.name in region.sections:
        return True
    if "code" in region.holds and not section.in_image:
        return False
    return any(start <= section.address < end for start, end in region.addresses)


def read_footprint(elf: Path, board: Board) -> Footprint:
    """Sum the sections of an ELF file into the regions of `board`; raises ToolchainError where it is not an ELF file."""
    try:
        with elf.open("rb") as stream:
            return _footprint(ELFFile(stream), board)
    except FileNotFoundError as error:
        raise ToolchainError(f"{elf} does not exist", cure="build it first: tinyml build RUN") from error
    except (ELFError, struct.error, UnicodeDecodeError) as error:
        raise ToolchainError(f"{elf} is not a complete ELF file: {error}", cure="build it again") from error


def _footprint(elf: ELFFile, board: Board) -> Footprint:
    used = {region.name: 0 for region in board.regions}
    unplaced = []
    region_of: dict[int, str] = {}  # section number -> the first region that holds it, for its symbols
    names: dict[int, str] = {}
    for number, header in enumerate(elf.iter_sections()):
        if not header["sh_flags"] & SH_FLAGS.SHF_ALLOC or not header["sh_size"]:
            continue
        section = Section(
            header.name, header["sh_addr"], header["sh_size"], header["sh_type"] != "SHT_NOBITS"
        )
        homes = [region.name for region in board.regions if belongs(section, region)]
        for home in homes:
            used[home] += section.size_bytes
        if not homes:
            unplaced.append(section)
        region_of[number], names[number] = (homes or ["-"])[0], section.name
    symbols = []
    for table in elf.iter_sections():
        if not isinstance(table, SymbolTableSection) or table.name != ".symtab":
            continue
        for entry in table.iter_symbols():
            number = entry["st_shndx"]
            if number in region_of and entry["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT"):
                symbols.append(Symbol(entry.name, entry["st_size"], names[number], region_of[number]))
                if entry.name == HEAP_REQUEST:
                    request = _word(elf, number, entry["st_value"])
                    for region in board.regions:
                        if "heap_request" in region.holds and region.heap:
                            used[region.name] = request
    if not any(symbol.name == HEAP_REQUEST for symbol in symbols) and any(one.heap for one in board.regions):
        raise ToolchainError(
            f"the program does not state how much heap it requests: it has no {HEAP_REQUEST}",
            cure="build the firmware of this version of tinyml",
        )
    symbols.sort(key=lambda symbol: (-symbol.size_bytes, symbol.name))
    return Footprint(used, symbols, unplaced)


def _word(elf: ELFFile, number: int, address: int) -> int:
    section = elf.get_section(number)
    offset = address - section["sh_addr"]
    order = "<" if elf.little_endian else ">"
    return int(struct.unpack(f"{order}I", section.data()[offset : offset + 4])[0])

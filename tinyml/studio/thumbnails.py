"""Small copies of pictures, made once and kept in a cache of bounded size."""

import hashlib
import io
import os
import threading
from pathlib import Path

from tinyml.data.pictures import preview
from tinyml.files import replacing

SIDE = 256  # pixels
LARGEST_CACHE_BYTES = 256 << 20
PRUNE_EVERY = 256  # new ones between two looks at the cache's size
AT_ONCE = max(2, os.cpu_count() or 2)  # decoders: each may hold a whole picture


class Thumbnails:
    """JPEG copies no side of which is longer than `SIDE`; safe to use from several threads."""

    def __init__(self, folder: Path, limit_bytes: int = LARGEST_CACHE_BYTES) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self._made = 0
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._pruning = threading.Lock()

    def get(self, path: Path, side: int = SIDE) -> bytes:
        """Return the JPEG of a picture; raises DataError where it cannot be read."""
        state = path.stat()
        key = hashlib.sha256(f"{path}\0{state.st_mtime_ns}\0{state.st_size}\0{side}".encode()).hexdigest()[
            :32
        ]
        kept = self.folder / key[:2] / f"{key}.jpg"
        try:
            return kept.read_bytes()
        except OSError:
            pass
        with self._turns:
            data = jpeg_of(path, side)
        with replacing(kept) as temporary:
            temporary.write_bytes(data)
        self._made += 1
        if self._made % PRUNE_EVERY == 0:
            self.prune()
        return data

    def prune(self) -> None:
        """Remove the oldest until the rest is below four fifths of the limit."""
        with self._pruning:
            files = [(path.stat(), path) for path in self.folder.glob("*/*.jpg")]
            total = sum(state.st_size for state, _ in files)
            if total <= self.limit_bytes:
                return
            for state, path in sorted(files, key=lambda pair: pair[0].st_mtime):
                path.unlink(missing_ok=True)
                total -= state.st_size
                if total <= self.limit_bytes * 4 // 5:
                    return


def jpeg_of(path: Path, side: int, quality: int = 82) -> bytes:
    """Return a picture as JPEG, no side longer than `side` pixels; raises DataError where it cannot be read."""
    stream = io.BytesIO()
    preview(path, side).save(stream, "JPEG", quality=quality)
    return stream.getvalue()

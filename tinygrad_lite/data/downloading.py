"""download() gets a file whose size and checksum are known, from the first of several addresses that has it.

Flows in: addresses, a path, the size and the SHA-256 checksum. Flows out: the complete file, or an error that says what was
tried. What an address sends is not trusted: at most as many bytes as the file has are received, and the file gets its name
only if the checksum is right. Until then the bytes are in a file with the suffix .part, from which the next call continues.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, NamedTuple

from .. import messages

PIECE = 2**16  # bytes that are received at a time
TIMEOUT = 20.0  # seconds to wait for the next piece
SLOWEST = 10_000  # bytes in a second, on average, after the first minute
HOSTS_OF_TESTS = ("127.0.0.1", "localhost", "::1")


class Pinned(NamedTuple):
    """What a file has to be, whoever sends it."""

    size: int
    sha256: str

    def matches(self, path: Path) -> bool:
        """Whether the file at `path` is it."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def download(addresses: Sequence[str], path: Path, pinned: Pinned, local_http: bool = False) -> Path:
    """Get the file from the first address that sends the right bytes, and return its path.

    local_http: also take http:// from this computer, for tests. All else has to be https://

    Raises DownloadError, an OSError, with the reason for each address.
    """
    part, tried = path.with_name(path.name + ".part"), []
    for address in addresses:
        for _ in range(2):  # once more from the start, if what was there before is of no use
            resumed = part.exists()
            try:
                receive(address, part, pinned, local_http)
            except (OSError, HTTPException, ValueError) as error:
                tried.append((address, why(error)))
            else:
                if pinned.matches(part):
                    part.replace(path)
                if pinned.matches(path):  # or another program was faster
                    return path
                part.unlink(missing_ok=True)
                tried.append((address, str(messages.other_bytes())))
                if resumed:
                    continue
            break
    raise messages.no_download(path.name, tried, path.parent)


def receive(address: str, part: Path, pinned: Pinned, local_http: bool) -> None:
    """Receive what is missing in the file `part`, in its place: two programs at a time write the same bytes."""
    check_address(address, local_http)
    have = part.stat().st_size if part.exists() else 0
    if have >= pinned.size:
        return  # the checksum decides
    headers = {"User-Agent": "tinygrad_lite", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with opener(local_http).open(urllib.request.Request(address, headers=headers), timeout=TIMEOUT) as response:
        start = have if response.status == 206 else 0
        if response.status == 206 and not str(response.headers["Content-Range"]).startswith(f"bytes {have}-"):
            raise messages.other_range(have, response.headers["Content-Range"])
        length = response.headers["Content-Length"]
        if length is not None and length.strip() != str(pinned.size - start):
            raise messages.other_length(length, pinned.size - start)
        with part.open("r+b" if part.exists() else "wb") as file, progress(part.stem, pinned.size, start) as advance:
            file.seek(start)
            copy(response, file, pinned.size - start, advance)
            file.flush()
            os.fsync(file.fileno())


def copy(response: Any, file: IO[bytes], missing: int, advance: Callable[[int], None]) -> None:
    """Write what comes, piece by piece; refuse to receive more than is missing, less, or too slowly."""
    began, received = time.monotonic(), 0
    while piece := response.read1(min(PIECE, missing - received + 1)):
        received += len(piece)
        if received > missing:
            raise messages.more_bytes(missing)
        file.write(piece)
        advance(len(piece))
        if received < SLOWEST * (time.monotonic() - began - 60):
            raise messages.too_slow(received, time.monotonic() - began)
    if received < missing:
        raise messages.fewer_bytes(received, missing)


def check_address(address: str, local_http: bool) -> None:
    """Refuse what is not https, such as file:// or http://, also as the target of a redirect."""
    url = urllib.parse.urlsplit(address)
    if url.scheme == "https" or (local_http and url.scheme == "http" and url.hostname in HOSTS_OF_TESTS):
        return
    raise messages.not_https(address)


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, at most three, and only to addresses that would be taken themselves.

    They may lead to other hosts, as mirrors do: the checksum decides about what comes from there. The text of a redirect,
    which could be endless, is not read.
    """

    max_repeats, max_redirections = 2, 3

    def __init__(self, local_http: bool) -> None:
        self.local_http = local_http

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        fp.close()
        check_address(newurl, self.local_http)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def opener(local_http: bool) -> urllib.request.OpenerDirector:
    """What opens an address: with the proxies of the system, and without the handlers for ftp:, file: and data:."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if local_http else None), urllib.request.HTTPSHandler(),
        urllib.request.HTTPHandler(), urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
        Redirects(local_http),
    ):  # fmt: skip
        made.add_handler(handler)
    return made


def why(error: Exception) -> str:
    """An error in a few words, for a list of what was tried. Part of them may be the server's."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
    elif isinstance(error, urllib.error.URLError):  # around the error of the connection
        return why(error.reason) if isinstance(error.reason, Exception) else str(error.reason)
    words = " ".join(str(error).split()) or type(error).__name__
    return "".join(letter for letter in words if letter.isprintable())[:200]


@contextlib.contextmanager
def progress(name: str, size: int, start: int) -> Iterator[Callable[[int], None]]:
    """A progress bar, if the package rich is installed and messages go to a terminal; otherwise nothing."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        yield lambda received: None
        return
    if not sys.stderr.isatty():
        yield lambda received: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=size, completed=start)
        yield lambda received: bar.advance(task, received)

"""Do the notebooks of the chapters run for somebody who has nothing else? Prints those that do not, and exits with 1.

    python docs/check_notebooks.py docs/_build/html

Each one is run in an empty folder, as a reader would who has downloaded it.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def complaint(path: Path) -> str:
    """What goes wrong in this notebook; nothing if all is well."""
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        try:
            NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
        except CellExecutionError as error:
            return str(error)
    return ""


def main(folder: Path) -> int:
    files = sorted(folder.rglob("*.ipynb"))
    if not files:
        print(f"No notebooks in {folder}")
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each has a kernel, which is a process of its own
        complaints = dict(zip(files, pool.map(complaint, files)))
    for path, words in complaints.items():
        if words:
            print(f"{path} does not run:\n{words}")
    print(f"{len(files)} notebooks, {sum(map(bool, complaints.values()))} that do not run")
    return 1 if any(complaints.values()) else 0


if __name__ == "__main__":
    os.environ.pop("MPLBACKEND", None)
    sys.exit(main(Path(sys.argv[1])))

"""``python -m tinygrad_lite``: see command/main.py. Here is only what a terminal needs."""

import io
import signal
import sys

from .command.main import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a terminal may not have all letters: better a ? than an error
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if hasattr(signal, "SIGPIPE"):  # whoever reads along may have seen enough, as `head` has: end without a word
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())

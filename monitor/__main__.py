"""Where the program starts, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import atexit
import gc
import os
import sys

import click

from monitor.cli import cli
from monitor.errors import CatalogError, ImportRefusedError, MonitorError, RuleError, SettingsError

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130
_THREADS = "OPENBLAS_NUM_THREADS"  # numpy starts one a core when it is imported, for matrices: there are none here
_WRONG_INPUT = (RuleError, SettingsError, CatalogError, ImportRefusedError)


def main() -> int:
    """Run the command; 0 = fine, 1 = failed, 2 = wrong input, 130 = interrupted."""
    atexit.register(gc.freeze)  # what is left ends with the process; the last search for garbage in it takes 70 ms
    os.environ.setdefault(_THREADS, "1")
    try:
        code: int | None = cli(prog_name="monitor", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except MonitorError as error:
        click.echo(str(error), err=True)
        return WRONG_INPUT if isinstance(error, _WRONG_INPUT) else FAILED
    except BrokenPipeError:
        # Whoever read this has gone. Without this, the interpreter would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code or 0


if __name__ == "__main__":
    sys.exit(main())

"""The command line: it reads arguments, calls the library, and prints."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from ..campaigns.runner import Interrupted
from ..campaigns.store import DamagedStore
from ..campaigns.tasks import WorkerFailed
from ..nn.data import DamagedData
from ..nn.storage import DamagedNetwork
from ..studies.running.outcomes import DamagedStudy
from ..vectors.devices import DeviceMisused
from ..vectors.file import DamagedFile
from ..vectors.verify import DAMAGED, DEVICE_FAILED, MISUSE
from ..version import SPECIFICATION, __version__
from .datapaths import dot, matmul
from .faults import faults
from .network import network
from .numbers import decode, encode, formats, show
from .operations import compute, operations
from .packing import pack_command, unpack_command
from .procedures import procedures
from .studies import study
from .vectors import vectors
from .verify import verify

INTERRUPTED = 130
LONGEST = 1000
"""The characters of a message that are shown."""
INTERNAL = 70
"""A bug of our own, sysexits.h's EX_SOFTWARE."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(f"{__version__}, specification {SPECIFICATION}", prog_name="refsim")
def cli() -> None:
    """The bit-accurate reference for low-precision arithmetic: look at formats, carry out operations,
    make golden vectors, verify devices, run networks, flip their bits."""


for command in (
    formats,
    show,
    encode,
    decode,
    pack_command,
    unpack_command,
    operations,
    compute,
    dot,
    matmul,
    faults,
    network,
    procedures,
    study,
    vectors,
    verify,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; failures print one line and end with their exit code: 2 misuse, 4 a damaged file, 5 a worker
    that failed, 130 an interrupt, 70 a bug of refsim itself."""
    try:
        code = cli.main(arguments, prog_name="refsim", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = MISUSE
    except click.ClickException as error:
        code = _fail(error.format_message(), MISUSE)
    except (DamagedData, DamagedFile, DamagedNetwork, DamagedStore, DamagedStudy) as error:
        code = _fail(str(error), DAMAGED)
    except (DeviceMisused, ValueError) as error:
        code = _fail(str(error), MISUSE)
    except Interrupted as error:
        code = _fail(str(error), INTERRUPTED)
    except WorkerFailed as error:
        code = _fail(str(error), DEVICE_FAILED)
    except MemoryError:
        code = _fail("this needs more memory than there is", MISUSE)
    except OSError as error:
        code = _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), MISUSE)
    except (KeyboardInterrupt, click.Abort):
        code = _fail("interrupted", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 Python's own exit code, 1, would say that a device differs
        traceback.print_exc()
        code = _fail(f"this is a bug of refsim: {type(error).__name__}: {error}", INTERNAL)
    sys.exit(code or 0)


def _fail(message: str, code: int) -> int:
    line = "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))
    click.echo(f"refsim: {line if len(line) <= LONGEST else line[:LONGEST] + ' ...'}", err=True)
    return code

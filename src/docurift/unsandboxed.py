"""What is done where the kernel lacks Landlock or seccomp: it is said loudly, and nobody else is let in."""

import ipaddress
from typing import Final

from docurift import kernel
from docurift.model.sandbox import Layer
from docurift.settings import Settings
from docurift.telemetry import log
from docurift.worker.self_test import require

_KERNEL_LAYERS: Final = frozenset({Layer.LANDLOCK, Layer.SECCOMP})


class ExposedError(Exception):
    """The service would take documents from a network, and read them without a jail; the sentence says what to do."""


def check(settings: Settings, *, listens: bool) -> None:
    """Let nothing start here that would be less safe than the operator takes it to be.

    Raises:
        LayerMissingError: the kernel lacks a layer that the settings require.
        ExposedError: it lacks Landlock or seccomp, and the settings name an address that others can reach.
    """
    offered = kernel.offered()
    require(offered, settings.required_layers())
    missing = sorted(_KERNEL_LAYERS - offered)
    if not missing:
        return
    log.warning("sandbox.degraded", missing=missing, consequence="a parser that is taken over is held by less")
    if listens and not settings.allow_unsandboxed and not _is_loopback(settings.host):
        raise ExposedError(
            f"This kernel lacks {' and '.join(missing)}, so documents would be read without a jail. Without it the"
            f" service listens on the loopback only (DOCURIFT_HOST=127.0.0.1), not on {settings.host}. Mend the kernel"
            " (`docurift doctor` says how), or set DOCURIFT_ALLOW_UNSANDBOXED=1."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""The self-test of the sandbox: what its own probes find in a real child becomes facts, metrics, and a refusal to start
without a layer that the operator requires.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from docurift.model.sandbox import Layer, Level, Observation, Probed, ProbeOrder, holding, level
from docurift.model.work import MIB, Limits
from docurift.telemetry import SANDBOX_LAYER, SANDBOX_LEVEL, log
from docurift.worker.child import Sandbox
from docurift.worker.verdict import Killed

_LIMITS: Final = Limits(base_seconds=20.0, memory_bytes=256 * MIB)

REMEDIES: Final = {
    Layer.LIMITS: "let the service set its own limits (prlimit64), and give it no CAP_SYS_RESOURCE",
    Layer.PROCESS: "run on Linux with /proc mounted",
    Layer.CAPABILITIES: "let the service drop its capabilities (capset)",
    Layer.NO_NEW_PRIVS: "kernel 3.5 or newer",
    Layer.MDWE: "kernel 6.3 or newer; without it one layer of several is missing",
    Layer.LANDLOCK: "kernel 5.13 or newer with `landlock` in its list of LSMs (boot parameter lsm=), and a container"
    " profile that allows its calls",
    Layer.SECCOMP: "a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64, and a container profile that allows"
    " prctl(PR_SET_SECCOMP)",
}
"""What the operator can do about a layer that does not hold."""


class LayerMissingError(Exception):
    """A layer that the operator requires does not hold; the sentence says what to do."""


async def probed(sandbox: Sandbox, data_dir: Path) -> Probed | Killed:
    """What a child of `sandbox` finds; the folder of the service's data should be out of its reach.

    Raises:
        ZygoteLostError: the sandbox does not start here.
    """
    return await sandbox.probe(ProbeOrder(hidden=str(_existing(data_dir))), _LIMITS)


async def attest(sandbox: Sandbox, data_dir: Path, required: Collection[Layer]) -> None:
    """Have the sandbox tested, and say what holds in the log and the metrics.

    Raises:
        LayerMissingError: one of `required` does not hold.
        ZygoteLostError: as `probed`.
    """
    found = await probed(sandbox, data_dir)
    observations = found.observations if isinstance(found, Probed) else ()
    require(tell("document", observations), required)


def tell(child: str, observations: Iterable[Observation]) -> frozenset[Layer]:
    """The layers that hold in children of this kind; log and metrics have them too."""
    found = tuple(observations)
    held = holding(found)
    reached = level(held)
    SANDBOX_LEVEL.labels(child).set(reached)
    for layer in Layer:
        SANDBOX_LAYER.labels(child, layer).set(layer in held)
    amiss = [f"{one.name}: {one.observed}" for one in found if not one.as_expected]
    say = log.warning if reached < Level.JAILED or amiss else log.info
    missing = sorted(set(Layer) - held)
    say("sandbox.tested", child=child, sandbox_level=int(reached), missing=missing, probes=len(found), amiss=amiss)
    return held


def require(held: Collection[Layer], required: Collection[Layer]) -> None:
    """Let nothing pass that lacks a required layer.

    Raises:
        LayerMissingError: one is missing.
    """
    missing = sorted(set(required) - set(held))
    if missing:
        remedies = "; ".join(f"for {layer}: {REMEDIES[layer]}" for layer in missing)
        raise LayerMissingError(
            f"DOCURIFT_SANDBOX_REQUIRE asks for {', '.join(missing)}, which does not hold here. It needs {remedies}."
        )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())

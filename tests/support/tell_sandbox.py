"""Prints what the probes find in both kinds of children, as JSON."""

import asyncio
import sys
from pathlib import Path

import msgspec

from docurift import telemetry
from docurift.model.sandbox import Probed
from docurift.worker.child import Sandbox
from docurift.worker.ocr_process import OcrProcess
from docurift.worker.self_test import probed


async def main() -> None:
    sandbox, process = Sandbox(), await OcrProcess.start(None)
    try:
        found = await probed(sandbox, Path.cwd())
        assert isinstance(found, Probed), found
        sys.stdout.buffer.write(msgspec.json.encode({"document": found.observations, "ocr": process.walls}))
    finally:
        await process.close()
        await sandbox.close()


if __name__ == "__main__":
    telemetry.configure(level="error", process="test")
    asyncio.run(main())

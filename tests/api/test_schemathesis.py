import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.edge import LIMITS
from tests.support.served import serving

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("EXAMPLES", "10"))  # for each operation; `make fuzz` asks for more
SECONDS = 900 + 20 * EXAMPLES
PHASES = "examples,coverage,fuzzing,stateful"


@pytest.mark.timeout(SECONDS + 20)
def test_schemathesis_finds_no_difference_between_the_service_and_its_description(
    database_dsn: str, tmp_path: Path
) -> None:
    # It sends wrong keys by the hundred, and expects to be told so each time.
    patient = replace(LIMITS, upload_idle_seconds=5.0, upload_seconds=20.0, auth_failures=None)
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE.parents[1] / "src")]),
    }

    with serving(database_dsn, tmp_path / "blobs", patient) as served:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run"]
        found = subprocess.run(
            [
                *command,
                f"{served.url}/openapi.json",
                f"--phases={PHASES}",
                "--checks=all",
                f"--max-examples={EXAMPLES}",
                "--exclude-path=/v1/events/stream",  # it never ends
                "--no-color",
                "--header",
                f"X-API-Key: {served.key}",
            ],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    assert found.returncode == 0, found.stdout[-8000:]

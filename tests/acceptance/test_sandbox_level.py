"""How much of the sandbox holds is told at the start, and what the operator requires is not done without."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.support.client import client_of
from tests.support.lesser_kernel import under
from tests.support.pdfs import a_pdf
from tests.support.service import Running, clean_environment, running

from docurift import kernel
from docurift.model.sandbox import level

BOTH = "landlock,seccomp"
ELSEWHERE = "192.0.2.1"  # reserved for documentation: no address of any machine, so nothing ever listens there


def ended(*arguments: str, without: str = BOTH, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command of the service that cannot start."""
    command = under(without, [sys.executable, "-m", "docurift", *arguments])
    environment = clean_environment() | settings
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def metric(service: Running, name: str) -> dict[str, float]:
    with urllib.request.urlopen(service.base_url + "/metrics", timeout=10) as answer:  # noqa: S310 - our own
        lines = re.findall(rf"^{name}\{{(.*)\}} (\S+)$", answer.read().decode(), re.MULTILINE)
    return {labels: float(value) for labels, value in lines}


def facts(folder: Path, name: str) -> list[dict[str, object]]:
    lines = folder.with_suffix(".log").read_text().splitlines()
    return [fact for fact in map(json.loads, lines) if fact["event"] == name]


def test_a_worker_tells_at_its_start_what_holds(folder: Path) -> None:
    with running(folder) as service:
        client = client_of(service.base_url, service.data_dir)
        client.final(client.submitted(a_pdf([(60, 700, "one")])))

        (tested,) = facts(folder, "sandbox.tested")
        reached = level(kernel.offered())
        assert (tested["child"], tested["sandbox_level"], tested["amiss"]) == ("document", reached, [])
        assert metric(service, "docurift_sandbox_level") == {'child="document"': reached}
        assert metric(service, "docurift_sandbox_layer")['child="document",layer="seccomp"'] == 1


def test_without_landlock_and_seccomp_documents_are_read_and_the_lack_is_told_loudly(folder: Path) -> None:
    with running(folder, without=BOTH) as service:
        client = client_of(service.base_url, service.data_dir)
        done = client.final(client.submitted(a_pdf([(60, 700, "one")])))

        assert done["status"] == "completed"
        assert {fact["level"] for fact in facts(folder, "sandbox.degraded")} == {"warning"}
        (tested,) = facts(folder, "sandbox.tested")
        assert tested["missing"] == ["landlock", "seccomp"]
        assert metric(service, "docurift_sandbox_level") == {'child="document"': 0}
        assert metric(service, "docurift_sandbox_layer")['child="document",layer="seccomp"'] == 0


@pytest.mark.parametrize("command", ["serve", "api", "work"])
def test_a_required_layer_that_is_missing_stops_the_start_with_what_to_do(command: str, folder: Path) -> None:
    done = ended(command, "--data-dir", str(folder), DOCURIFT_SANDBOX_REQUIRE="landlock, seccomp")

    assert done.returncode == os.EX_UNAVAILABLE
    assert "docurift: DOCURIFT_SANDBOX_REQUIRE asks for landlock, seccomp, which does not hold here." in done.stderr
    assert "kernel 5.13" in done.stderr
    assert not folder.exists()


def test_without_a_jail_no_address_that_others_reach_is_listened_on_unless_allowed(folder: Path) -> None:
    arguments = ("serve", "--data-dir", str(folder), "--host", ELSEWHERE)

    refused = ended(*arguments, without="seccomp")
    allowed = ended(*arguments, without="seccomp", DOCURIFT_ALLOW_UNSANDBOXED="1")

    assert refused.returncode == allowed.returncode == os.EX_UNAVAILABLE
    assert "lacks seccomp" in refused.stderr
    assert "DOCURIFT_ALLOW_UNSANDBOXED=1" in refused.stderr
    assert "Cannot assign requested address" in allowed.stderr


def test_doctor_names_what_is_missing_and_how_to_mend_it(folder: Path) -> None:
    done = ended("doctor", "--data-dir", str(folder), without="landlock")
    required = ended("doctor", "--data-dir", str(folder), without="landlock", DOCURIFT_SANDBOX_REQUIRE="landlock")

    (line,) = (line for line in done.stdout.splitlines() if re.match(r"\s*sandbox\s+landlock", line))
    assert "missing" in line
    assert "kernel 5.13" in done.stdout
    assert re.search(r"read /etc/passwd\s+missing\s+works", done.stdout)
    assert (done.returncode, required.returncode) == (0, 1)

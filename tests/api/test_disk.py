"""What the edge does while a disk is nearly full; that an upload is refused then is in test_uploads.py."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.edge import LIMITS, EdgeUnderTest, code_of

from docurift.api.app import create_app
from docurift.api.intake.incoming import UploadGate
from docurift.api.problems import Problem
from docurift.storage.room import Room


async def test_a_disk_that_is_nearly_full_shows_in_readiness_and_only_there(edge: EdgeUnderTest) -> None:
    services = replace(edge.services, limits=replace(LIMITS, least_free_bytes=1 << 62))
    full = EdgeUnderTest(create_app(services), services, edge.key)

    async with full.client() as client:
        ready, alive, listed = [await client.get(path) for path in ("/readyz", "/healthz", "/v1/jobs")]

    assert (ready.status_code, code_of(ready)) == (503, "SERVICE_UNAVAILABLE")
    assert ready.json()["error"]["details"] == {"part": "disk", "full": "blobs"}
    assert (alive.status_code, listed.status_code) == (200, 200)


async def test_the_disk_of_the_database_is_watched_too(tmp_path: Path) -> None:
    small = Room({"database": tmp_path}, least_free_bytes=1 << 62)

    with pytest.raises(Problem) as refused:
        async with UploadGate(tmp_path, LIMITS, small).place():
            pass

    assert refused.value.code == "STORAGE_FULL"

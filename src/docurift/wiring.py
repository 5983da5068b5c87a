"""Builds every object of the service from its settings, and takes them down again."""

import hashlib
import os
import random
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

from docurift import __version__
from docurift.api.services import EdgeLimits, Services
from docurift.egress.guard import EgressPolicy, Guard
from docurift.egress.model_endpoint import ModelEndpoint, guard_of
from docurift.egress.refusals import UrlNotAllowedError
from docurift.egress.sender import Sender
from docurift.model.archive import ArchiveLimits, UnpackOrder
from docurift.model.checkpoint import engine_version_of
from docurift.model.rate import Rate
from docurift.model.work import LlmTerms
from docurift.page_renderer import SandboxRenderer
from docurift.settings import Settings, SettingsError
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.embedded import CLUSTER_FOLDER
from docurift.storage.room import Room
from docurift.storage.secrets import Secrets
from docurift.webhooks import deliverer as delivering
from docurift.webhooks.courier import Courier, Sends
from docurift.webhooks.deliverer import Deliverer
from docurift.webhooks.freezer import Freezer
from docurift.webhooks.lanes import Lanes
from docurift.webhooks.shift import Desk
from docurift.worker.child import Sandbox
from docurift.worker.fetching import Fetcher, FetchTerms
from docurift.worker.leases import LeaseKeeper
from docurift.worker.llm import LanguageModel
from docurift.worker.pulse import Pulse
from docurift.worker.reader import OcrLimits, OcrPool
from docurift.worker.runner import JobRunner, Terms
from docurift.worker.self_test import attest
from docurift.worker.supervisor import Pace, Supervisor
from docurift.worker.unpacker import Unpacker, UnpackTerms

_KEY_FILE: Final = "secret-key"


class NoDatabaseError(Exception):
    """Neither a database is named nor does an embedded one run here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What a process remembers with."""

    db: Database
    blobs: Blobs


@asynccontextmanager
async def services(
    settings: Settings, *, around: Callable[[Stores], Stores] = lambda stores: stores
) -> AsyncGenerator[Services]:
    """What the API needs; what `around` answers is what it remembers with, so that a test can stand in the way.

    Raises:
        NoDatabaseError: the settings name no database.
        Unavailable: it cannot be reached.
    """
    async with AsyncExitStack() as stack:
        db = await _database(settings, stack, connections=settings.database_pool)
        stores = around(Stores(db=db, blobs=_blobs(settings)))
        db, blobs = stores.db, stores.blobs
        sandbox = Sandbox(settings.test_engine)
        stack.push_async_callback(sandbox.close)
        yield Services(
            db=db,
            blobs=blobs,
            renderer=SandboxRenderer(db, blobs, sandbox, limits=settings.limits()),
            secrets=_secrets(settings),
            link_secret=_link_secret(settings),
            guard=guard(settings),
            limits=EdgeLimits(
                max_file_bytes=settings.max_upload_bytes,
                max_pages=settings.max_pages,
                least_free_bytes=settings.least_free_bytes,
                least_free_share=settings.least_free_share,
                max_wait_seconds=settings.max_wait_seconds,
                retention_seconds=settings.retention_seconds,
                takes_file_urls=settings.file_urls,
                max_batch_items=settings.max_batch_items,
                max_batch_bytes=settings.max_batch_bytes,
                upload_idle_seconds=settings.upload_idle_seconds,
                upload_seconds=settings.upload_seconds,
                max_concurrent_uploads=settings.max_concurrent_uploads,
                max_event_streams=settings.max_event_streams,
                max_webhooks=settings.max_webhooks,
                max_running_jobs=settings.max_running_jobs,
                max_open_jobs=settings.max_open_jobs,
                max_open_pages=settings.max_open_pages,
                requests=_rate(settings.rate_requests_per_second, settings.rate_requests_burst),
                upload_bytes=_rate(settings.rate_upload_bytes_per_second, settings.rate_upload_bytes_burst),
                auth_failures=_rate(settings.rate_auth_failures_per_second, settings.rate_auth_failures_burst),
                trusted_proxies=settings.trusted_proxies,
            ),
            written=_written(settings),
            version=__version__,
        )


@asynccontextmanager
async def supervisor(
    settings: Settings, *, around: Callable[[Stores], Stores] = lambda stores: stores
) -> AsyncGenerator[Supervisor]:
    """A worker, with its sandbox warm and its leases kept; `around` as in `services`.

    Raises:
        NoDatabaseError, Unavailable: as `services`.
        ZygoteLostError: the sandbox does not start here.
        LayerMissingError: it does, without a layer that the settings require.
    """
    async with AsyncExitStack() as stack:
        db = await _database(settings, stack, connections=settings.slots + 2)
        stores = around(Stores(db=db, blobs=_blobs(settings)))
        db, blobs = stores.db, stores.blobs
        sandbox = Sandbox(settings.test_engine)
        stack.push_async_callback(sandbox.close)
        await sandbox.start()
        await attest(sandbox, settings.data_dir, settings.required_layers())
        ocr = OcrPool(
            settings.ocr_processes,
            tessdata_prefix=str(settings.tessdata) if settings.tessdata else None,
            required=settings.required_layers(),
            limits=OcrLimits(page_seconds=settings.ocr_page_seconds),
        )
        stack.push_async_callback(ocr.close)
        keeper = LeaseKeeper(
            db.dsn,
            lease_seconds=settings.lease_seconds,
            renew_seconds=settings.renew_seconds,
            pulse=Pulse(stall_seconds=settings.worker_stall_seconds),
        )
        keeper.start()
        stack.callback(keeper.stop)
        terms = Terms(
            worker=f"worker-{token_hex(4)}",  # users see it: no name of a host or process
            lease_seconds=settings.lease_seconds,
            max_tries=settings.max_tries,
            most_deaths=settings.max_parser_deaths,
            limits=settings.limits(),
            engine_version=engine_version_of(__version__),
            max_job_seconds=settings.max_job_seconds,
        )
        secrets = _secrets(settings)
        runner = JobRunner(
            db=db,
            blobs=blobs,
            secrets=secrets,
            fetcher=Fetcher(db=db, blobs=blobs, secrets=secrets, guard=guard(settings), terms=_fetch_terms(settings)),
            sandbox=sandbox,
            ocr=ocr,
            keeper=keeper,
            terms=terms,
            llm=_language_model(settings, stack),
        )
        unpacker = Unpacker(db=db, blobs=blobs, secrets=secrets, sandbox=sandbox, terms=_unpack_terms(settings))
        pace = Pace(
            slots=settings.slots,
            rescue_seconds=settings.rescue_seconds,
            drain_seconds=settings.drain_seconds,
            event_retention_days=settings.event_retention_days,
            max_wait_seconds=settings.max_wait_seconds,
            orphan_grace_seconds=settings.orphan_grace_seconds,
            most_running=settings.max_running_jobs,
        )
        room = Room(
            {"blobs": blobs.incoming, **_written(settings)},
            least_free_bytes=settings.least_free_bytes,
            least_free_share=settings.least_free_share,
        )
        yield Supervisor(db, blobs, runner, unpacker, pace=pace, room=room)


def _rate(per_second: float, burst: int) -> Rate | None:
    return Rate(per_second=per_second, burst=burst) if per_second else None


def _fetch_terms(settings: Settings) -> FetchTerms:
    return FetchTerms(is_on=settings.file_urls, max_bytes=settings.max_upload_bytes, seconds=settings.fetch_seconds)


def _unpack_terms(settings: Settings) -> UnpackTerms:
    limits = ArchiveLimits(
        max_items=settings.max_batch_items,
        max_bytes=settings.max_batch_bytes,
        max_item_bytes=settings.max_upload_bytes,
    )
    return UnpackTerms(
        lease_seconds=settings.lease_seconds,
        renew_seconds=settings.renew_seconds,
        max_tries=settings.max_tries,
        most_running=settings.max_running_jobs,
        order=UnpackOrder(archive=limits, limits=settings.limits()),
    )


def _language_model(settings: Settings, stack: AsyncExitStack) -> LanguageModel | None:
    """The operator's language model, if one is named.

    Raises:
        SettingsError: its URL is one that may not be called.
    """
    if settings.llm_url is None or settings.llm_model is None:
        return None
    url = f"{settings.llm_url.rstrip('/')}/chat/completions"
    try:
        own_guard = guard_of(url, allow=settings.egress_allow)
    except UrlNotAllowedError as error:
        raise SettingsError(f"DOCURIFT_LLM_URL may not be called. {error}") from error
    key = settings.llm_key.value if settings.llm_key else None
    endpoint = ModelEndpoint(own_guard, url, key=key, max_connections=settings.slots)
    stack.push_async_callback(endpoint.close)
    return LanguageModel(
        endpoint=endpoint,
        model=settings.llm_model,
        terms=_llm_terms(settings),
        max_tokens=settings.llm_max_tokens,
        organizations=settings.organizations_of_llm(),
    )


def _llm_terms(settings: Settings) -> LlmTerms:
    """Half of the tokens are for the pages, at some three bytes each; the rest is for the wanted values and the answer,
    and pictures come out of it.
    """
    return LlmTerms(
        max_pages=settings.llm_max_pages,
        max_text_bytes=settings.llm_max_tokens // 2 * 3,
        seconds=settings.llm_seconds,
        images=settings.llm_images,
    )


def guard(settings: Settings) -> Guard:
    """What decides where webhooks and `fileUrl` may lead."""
    return Guard(EgressPolicy.of(settings.egress_allow))


@asynccontextmanager
async def deliverer(
    settings: Settings, *, around: Callable[[Sends], Sends] = lambda sender: sender
) -> AsyncGenerator[Deliverer]:
    """A deliverer; what `around` answers is what sends, so that a test can stand in the way.

    Raises:
        NoDatabaseError, Unavailable: as `services`.
    """
    async with AsyncExitStack() as stack:
        db = await _database(settings, stack, connections=settings.database_pool)
        sender = Sender(guard(settings), max_connections=settings.max_deliveries_in_flight)
        stack.push_async_callback(sender.close)
        courier = Courier(
            freezer=Freezer(db, _blobs(settings)),
            secrets=_secrets(settings),
            sender=around(sender),
            user_agent=f"DocuRift/{__version__}",
            seconds=settings.webhook_seconds,
        )
        desk = Desk(
            db=db,
            courier=courier,
            lanes=Lanes(settings.max_deliveries_in_flight),
            jitter=lambda: random.uniform(-1.0, 1.0),  # noqa: S311 - spreads the load, keeps no secret
            deliverer=f"{socket.gethostname()}:{os.getpid()}",
            lease_seconds=settings.lease_seconds,
            concurrency=settings.webhook_concurrency,
        )
        pace = delivering.Pace(renew_seconds=settings.renew_seconds, drain_seconds=settings.drain_seconds)
        yield Deliverer(db, desk, pace=pace)


def database_url(settings: Settings) -> str:
    """The database that the settings name.

    Raises:
        NoDatabaseError: none.
    """
    if settings.database_url is None:
        raise NoDatabaseError("DOCURIFT_DATABASE_URL is not set. `docurift serve` runs a database of its own without.")
    return settings.database_url.value


async def _database(settings: Settings, stack: AsyncExitStack, *, connections: int) -> Database:
    db = await Database.open(
        database_url(settings), min_size=1, max_size=connections, timeout_seconds=settings.database_timeout_seconds
    )
    stack.push_async_callback(db.close)
    return db


def _blobs(settings: Settings) -> Blobs:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    incoming = settings.data_dir / "incoming"
    return Blobs.open(settings.blobs_url(), incoming=incoming, seconds=settings.blobs_timeout_seconds)


def _secrets(settings: Settings) -> Secrets:
    if settings.secret_key is not None:
        return Secrets.from_hex(settings.secret_key.value)
    return Secrets.from_file(settings.data_dir / _KEY_FILE)


def _link_secret(settings: Settings) -> bytes:
    """Another key than the one that seals, made of it: every API process has to sign alike."""
    _secrets(settings)  # makes the file
    key = settings.secret_key.value if settings.secret_key else (settings.data_dir / _KEY_FILE).read_text("ascii")
    return hashlib.blake2b(key.strip().encode(), person=b"page links").digest()


def _written(settings: Settings) -> dict[str, Path]:
    """Whose disk is watched beside that of the blobs: the embedded database's, where there is one."""
    folder = settings.data_dir / CLUSTER_FOLDER
    return {"database": folder} if folder.is_dir() else {}

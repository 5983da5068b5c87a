"""Settings, read once from `DOCURIFT_*` by the command line and the wiring; everything else is handed what it needs.

A variable that is misspelt stops the start: a limit that silently does not hold is worse than none.
"""

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, get_args

from docurift.model.ids import OrganizationId, is_id
from docurift.model.network import networks_of
from docurift.model.sandbox import Layer
from docurift.model.work import MIB, Limits

PREFIX: Final = "DOCURIFT_"
# Read by the client commands (`docurift submit`, `docurift jobs`), which share the environment of the service.
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
_MOST: Final = {"port": 65_535, "least_free_share": 1, "trusted_proxies": 10}
_LEAST_PER_SECOND: Final = 0.001
_MOST_BURST_SECONDS: Final = 366 * 86_400
RENEWALS_PER_LEASE: Final = 2  # one renewal may be lost before the lease is
CLIENT_VARIABLES: Final = frozenset({"DOCURIFT_URL", "DOCURIFT_API_KEY", "DOCURIFT_WEBHOOK_SECRET"})


class SettingsError(Exception):
    """The environment does not describe a service; the sentence says which variable to mend."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that is not printed."""

    value: str

    def __repr__(self) -> str:
        return "***"


def setting(default: object, doc: str, *, least: float = 0) -> Any:  # noqa: ANN401 - like dataclasses.field
    """A field of `Settings` with the sentence that the reference prints; a number is at least `least`."""
    return field(default=default, metadata={"doc": doc, "least": least})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may set. The variable of field `max_pages` is `DOCURIFT_MAX_PAGES`."""

    data_dir: Path = setting(Path("docurift-data"), "Folder of the embedded database, the blobs and the first key.")
    database_url: Secret | None = setting(None, "PostgreSQL 14+ to use; without it an embedded one runs.")
    database_pool: int = setting(10, "Connections that one process holds at most.", least=1)
    database_timeout_seconds: float = setting(5.0, "Longest wait for a connection before 503 is answered.", least=0.05)
    postgres_bin: Path | None = setting(None, "Folder of the embedded server's programs, if not the wheel's.")
    blobs: str | None = setting(None, "Blob store: a folder or a URL (s3://, gs://, az://); DATA_DIR/blobs if unset.")
    blobs_timeout_seconds: float = setting(
        30.0, "Longest time of one request to an object store, and how long it is repeated; then 503.", least=0.05
    )
    secret_key: Secret | None = setting(
        None, "64 hexadecimal digits that seal passwords and webhooks' secrets; DATA_DIR/secret-key if unset."
    )
    host: str = setting("127.0.0.1", "Address that the API listens on.")
    port: int = setting(8080, "Port that the API listens on; 0 takes a free one.")
    log_level: str = setting("info", "debug, info, warning or error.")

    max_upload_bytes: int = setting(50 * MIB, "Largest file that is taken.", least=1)
    max_concurrent_uploads: int = setting(32, "Uploads that one API process takes at a time.", least=1)
    upload_idle_seconds: float = setting(15.0, "Longest silence between two pieces of an upload.", least=0.05)
    upload_seconds: float = setting(600.0, "Longest time of a whole upload.", least=0.05)

    rate_requests_per_second: float = setting(
        300.0, "Requests a second that one API key may make in the long run; 0 does not limit them."
    )
    rate_requests_burst: int = setting(3_000, "Requests that one API key may make at once after a rest.", least=1)
    rate_upload_bytes_per_second: float = setting(
        100.0 * MIB, "Bytes a second that one API key may send in the long run; 0 does not limit them."
    )
    rate_upload_bytes_burst: int = setting(2048 * MIB, "Bytes that one API key may send at once after a rest.", least=1)
    rate_auth_failures_per_second: float = setting(
        0.5, "Wrong API keys a second that one address may try in the long run; 0 does not limit them."
    )
    rate_auth_failures_burst: int = setting(50, "Wrong API keys that one address may try at once.", least=1)
    trusted_proxies: int = setting(
        0, "Proxies in front of the API whose `X-Forwarded-For` is believed; with 0 the header is not looked at."
    )

    least_free_bytes: int = setting(
        512 * MIB,
        "Room that the disks of blobs and embedded database keep; with less, uploads get 507 and workers rest.",
    )
    least_free_share: float = setting(0.0, "The same as a share of each disk, 0 to 1; the larger of the two holds.")

    workers: int = setting(1, "Worker processes that `docurift serve` starts.", least=1)
    slots: int = setting(2, "Documents that one worker process reads at a time.", least=1)
    lease_seconds: float = setting(
        10.0, "How long a worker or deliverer may be silent before what it holds is given to another.", least=0.05
    )
    renew_seconds: float = setting(3.0, "How often a worker renews its leases, and a deliverer its turns.", least=0.05)
    worker_stall_seconds: float = setting(
        60.0,
        "How long a worker's event loop may stand still before the worker ends itself, and its jobs go to another.",
        least=1,
    )
    rescue_seconds: float = setting(3.0, "How often lost jobs and lost queue entries are looked for.", least=0.05)
    drain_seconds: float = setting(30.0, "How long SIGTERM lets work in hand go on before it is given back.")
    max_job_seconds: float = setting(
        21_600.0, "Most time from a job's first try to its end: all its tries, fetching and OCR together.", least=1
    )
    max_wait_seconds: float = setting(
        604_800.0, "Longest wait of a job before it fails with JOB_EXPIRED; 0 lets it wait for ever."
    )
    max_tries: int = setting(3, "How often a job is begun before it fails with WORKER_LOST.", least=1)

    max_parser_deaths: int = setting(20, "How many parsers one document may kill before it fails.", least=1)
    max_pages: int = setting(2_000, "Most pages of a document.", least=1)
    max_image_pixels: int = setting(80_000_000, "Most pixels of an image.", least=1)
    max_output_bytes: int = setting(256 * MIB, "Most bytes that one document's parser may answer.", least=1)
    parser_memory_bytes: int = setting(1024 * MIB, "Address space of one document's parser.", least=256 * MIB)
    parser_base_seconds: float = setting(20.0, "Time that every document's parser has.", least=0.05)
    parser_page_seconds: float = setting(3.0, "Time that each page adds to it.")
    parser_ceiling_seconds: float = setting(
        300.0, "Most time that one document's parser has, waiting for OCR excluded.", least=0.05
    )
    ocr_page_seconds: float = setting(30.0, "Time that OCR has for one page.", least=0.05)
    ocr_processes: int = setting(1, "OCR processes of one worker process.", least=1)
    tessdata: Path | None = setting(None, "Folder of Tesseract's language data, if not the usual one.")

    sandbox_require: str = setting(
        "",
        "Layers of the sandbox, with commas between, without which nothing starts, like `landlock,seccomp`.",
    )
    allow_unsandboxed: bool = setting(
        False, "Whether other addresses than the loopback's are listened on where the kernel lacks Landlock or seccomp."
    )

    retention_seconds: int = setting(
        0,
        "How long documents and results are kept after their job's end, unless `expiresAfter` says otherwise; 0 keeps "
        "them for ever. Jobs that came in before keep what held then.",
    )
    orphan_grace_seconds: float = setting(
        3_600.0, "How old bytes that no row needs have to be before they are removed.", least=60
    )
    event_retention_days: int = setting(30, "How long events and deliveries are kept.", least=1)
    max_event_streams: int = setting(2_000, "Event streams that one API process holds open at a time.", least=1)
    deliverers: int = setting(1, "Deliverer processes that `docurift serve` starts.", least=0)
    webhook_seconds: float = setting(15.0, "Longest time of one attempt to deliver to a webhook.", least=0.05)
    webhook_concurrency: int = setting(5, "Attempts that are under way to one endpoint at a time.", least=1)
    max_deliveries_in_flight: int = setting(
        128, "Attempts that one deliverer has under way, to all endpoints.", least=2
    )
    max_webhooks: int = setting(100, "Webhook endpoints of one organization.", least=1)
    egress_allow: str = setting(
        "", "Networks, as CIDR with commas between, to which webhooks and `fileUrl` may go though they are not public."
    )
    file_urls: bool = setting(True, "Whether `fileUrl` is taken at all.")
    fetch_seconds: float = setting(120.0, "Longest time of fetching one `fileUrl`.", least=0.05)
    llm_url: str | None = setting(
        None, "Root of an OpenAI-compatible API, like `http://127.0.0.1:8000/v1`; unset, no language model is asked."
    )
    llm_key: Secret | None = setting(None, "Its key, sent as a bearer token.")
    llm_model: str | None = setting(None, "Name of the model to ask there; goes together with DOCURIFT_LLM_URL.")
    llm_seconds: float = setting(60.0, "Longest time of one question to it.", least=0.05)
    llm_max_pages: int = setting(10, "Most pages of a document that it is told.", least=1)
    llm_max_tokens: int = setting(50_000, "Most tokens that one job may spend, question and answer.", least=2_000)
    llm_images: bool = setting(False, "Whether it is shown pictures of these pages too.")
    llm_organizations: str = setting(
        "", "Organizations, with commas between, whose documents may be told to it; unset: all."
    )
    max_running_jobs: int = setting(
        0, "Jobs of one organization that are processed at a time, on all workers together; 0: as many as have a slot."
    )
    max_open_jobs: int = setting(
        100_000, "Jobs of one organization that are not final; with so many, further ones get 429. 0: no limit."
    )
    max_open_pages: int = setting(
        1_000_000, "The same in pages; a document that was not opened yet counts one. 0: no limit."
    )
    max_batch_items: int = setting(1_000, "Most items of a batch.", least=1)
    max_batch_bytes: int = setting(1024 * MIB, "Most bytes of a batch, packed and unpacked.", least=1)

    testing: bool = setting(False, "Allows the two settings below; never set it on a service.")
    failpoint: str | None = setting(
        None, "Where and how to fail, as `name:kill`, `name:stop` or `name:stall`, in a test."
    )
    test_engine: Path | None = setting(None, "File whose `run` replaces the pipeline's, in a test.")

    def limits(self) -> Limits:
        """The bounds of one document."""
        return Limits(
            max_pages=self.max_pages,
            max_image_pixels=self.max_image_pixels,
            max_output_bytes=self.max_output_bytes,
            memory_bytes=self.parser_memory_bytes,
            base_seconds=self.parser_base_seconds,
            page_seconds=self.parser_page_seconds,
            ceiling_seconds=self.parser_ceiling_seconds,
            ocr_page_seconds=self.ocr_page_seconds,
        )

    def required_layers(self) -> frozenset[Layer]:
        """The layers of the sandbox without which nothing starts."""
        return frozenset(Layer(name) for name in self.sandbox_require.replace(" ", "").split(",") if name)

    def organizations_of_llm(self) -> frozenset[OrganizationId] | None:
        """The organizations whose documents may be told to the language model; None: all."""
        names = self.llm_organizations.replace(" ", "").split(",") if self.llm_organizations else []
        return frozenset(OrganizationId(name) for name in names if name) or None

    def blobs_url(self) -> str:
        """Where blobs are kept."""
        return self.blobs or str(self.data_dir / "blobs")


def read(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings that `environment` (by default the process's own) asks for; `overrides` are the command line's
    options, and those that are None ask for nothing.

    Raises:
        SettingsError: a variable is unknown, malformed or out of range.
    """
    given = os.environ if environment is None else environment
    known = {variable_of(one): one for one in fields(Settings)}
    values: dict[str, object] = {}
    for name in sorted(name for name in given if name.startswith(PREFIX) and name not in CLIENT_VARIABLES):
        if name not in known:
            raise SettingsError(f"{name} is no setting of DocuRift. `docurift --help` and the reference list them.")
        if given[name] != "":
            values[known[name].name] = _parse(name, known[name], given[name])
    values.update({name: value for name, value in overrides.items() if value is not None})
    return _checked(Settings(**values))  # pyright: ignore[reportArgumentType] - parsed by field above


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that make `read` answer these settings, for a process of ours."""
    given: dict[str, str] = {}
    for one in fields(Settings):
        value = getattr(settings, one.name)
        if value is not None and value != one.default:
            given[variable_of(one)] = value.value if isinstance(value, Secret) else str(value)
    return given


def variable_of(one: Field[Any]) -> str:
    """The environment variable of a field of `Settings`."""
    return PREFIX + one.name.upper()


def _parse(name: str, one: Field[Any], text: str) -> object:
    kind = next(kind for kind in (*get_args(one.type), one.type) if kind in _PARSERS)
    parse, wanted = _PARSERS[kind]
    try:
        return parse(text)
    except (ValueError, KeyError) as error:
        raise SettingsError(f"{name} should be {wanted}, not {text!r}.") from error


def _boolean(text: str) -> bool:
    meanings = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    return meanings[text.lower()]


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_PARSERS: Final[Mapping[Any, tuple[Callable[[str], object], str]]] = {
    bool: (_boolean, "true or false"),
    int: (int, "a whole number"),
    float: (_number, "a number"),
    str: (str, "a text"),
    Path: (Path, "a path"),
    Secret: (Secret, "a text"),
}


def _checked(settings: Settings) -> Settings:
    for complaint in _complaints(settings):
        raise SettingsError(complaint)
    return settings


def _complaints(settings: Settings) -> Iterator[str]:
    for one in fields(Settings):
        value, least, most = getattr(settings, one.name), one.metadata["least"], _MOST.get(one.name, math.inf)
        if isinstance(value, int | float) and value < least:
            yield f"{variable_of(one)} should be at least {least}, not {value}."
        if isinstance(value, int | float) and value > most:
            yield f"{variable_of(one)} should be at most {most}, not {value}."
    if settings.log_level not in LOG_LEVELS:
        yield f"DOCURIFT_LOG_LEVEL should be one of {', '.join(LOG_LEVELS)}, not {settings.log_level!r}."
    if settings.secret_key is not None and not _is_secret(settings.secret_key.value):
        yield "DOCURIFT_SECRET_KEY should be 64 hexadecimal digits. `openssl rand -hex 32` makes them."
    if settings.renew_seconds * RENEWALS_PER_LEASE > settings.lease_seconds:
        yield "DOCURIFT_RENEW_SECONDS should be at most half of DOCURIFT_LEASE_SECONDS."
    if not _are_networks(settings.egress_allow):
        yield f"DOCURIFT_EGRESS_ALLOW should be networks like 10.1.0.0/16,fd00:1::/32, not {settings.egress_allow!r}."
    if not _are_layers(settings):
        yield f"DOCURIFT_SANDBOX_REQUIRE should be some of {','.join(Layer)}, not {settings.sandbox_require!r}."
    yield from _rate_complaints(settings)
    yield from _llm_complaints(settings)
    if not settings.testing and (settings.failpoint or settings.test_engine):
        yield "DOCURIFT_FAILPOINT and DOCURIFT_TEST_ENGINE are for tests, with DOCURIFT_TESTING=1."


def _rate_complaints(settings: Settings) -> Iterator[str]:
    """What is slower could not be told by a timestamp, and is meant by nobody."""
    for name in ("rate_requests", "rate_upload_bytes", "rate_auth_failures"):
        variable = PREFIX + name.upper()
        per_second, burst = getattr(settings, f"{name}_per_second"), getattr(settings, f"{name}_burst")
        if 0 < per_second < _LEAST_PER_SECOND:
            yield f"{variable}_PER_SECOND should be 0 or at least {_LEAST_PER_SECOND}, not {per_second}."
        elif per_second and burst / per_second > _MOST_BURST_SECONDS:
            yield f"{variable}_BURST should be at most what a year of {variable}_PER_SECOND allows, not {burst}."


def _llm_complaints(settings: Settings) -> Iterator[str]:
    if (settings.llm_url is None) != (settings.llm_model is None):
        yield "DOCURIFT_LLM_URL and DOCURIFT_LLM_MODEL go together: set both, or neither."
    if settings.llm_url is not None and not re.match(r"https?://[^/]", settings.llm_url):
        yield f"DOCURIFT_LLM_URL should begin with https:// or http://, not {settings.llm_url!r}."
    if not all(is_id(one, "org") for one in settings.organizations_of_llm() or ()):
        yield f"DOCURIFT_LLM_ORGANIZATIONS should be organizations' ids, not {settings.llm_organizations!r}."


def _is_secret(text: str) -> bool:
    """Whether `text` is 32 bytes in hexadecimal, and not one byte repeated, which is nobody's secret."""
    return re.fullmatch(r"[0-9a-fA-F]{64}", text) is not None and len(set(bytes.fromhex(text))) > 1


def _are_layers(settings: Settings) -> bool:
    try:
        settings.required_layers()
    except ValueError:
        return False
    return True


def _are_networks(text: str) -> bool:
    try:
        networks_of(text)
    except ValueError:
        return False
    return True

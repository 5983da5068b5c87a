"""`docurift webhooks`: say where events are sent to, and look at what was sent."""

from typing import Annotated, Final, cast

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from docurift.client.http import Record
from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect
from docurift.commands.exits import CommandError, Exit

app = typer.Typer(no_args_is_help=True, help="Send events to webhook endpoints, and look at what was sent.")

DAY_SECONDS: Final = 86_400
WEEK_SECONDS: Final = 7 * DAY_SECONDS

AsJson = Annotated[bool, typer.Option("--json", help="Print the service's own JSON.")]
Endpoint = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Id of the endpoint.")]
_EVENT_HELP = "A type of event to be sent; may be given again. All types if left out."
_HEADER_HELP = "A header of every delivery, as `Name: value`; may be given again."


@app.command()
def create(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent to.")],
    event: Annotated[list[str] | None, typer.Option(help=_EVENT_HELP, show_default=False)] = None,
    header: Annotated[list[str] | None, typer.Option(help=_HEADER_HELP, show_default=False)] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make an endpoint; print its id and its secret, which is shown this once, with a tab between."""
    wanted: Record = {"url": url, "events": [*(event or ())]}
    if header:
        wanted["headers"] = dict(map(_header, header))
    with connect(base_url, api_key, data_dir) as client:
        made = client.create_webhook(wanted)
    print(_json(made) if as_json else f"{made['id']}\t{made['secret']}")


@app.command("list")
def list_endpoints(
    per_call: Annotated[bool, typer.Option("--per-call", help="Those that jobs' webhookUrl made, instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Endpoints a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List endpoints, newest first: a table on a terminal, tab-separated lines elsewhere."""
    filters = {"perCall": "true" if per_call else "false", "limit": str(limit), "page": str(page)}
    with connect(base_url, api_key, data_dir) as client:
        listing = client.webhooks(filters)
    rows = [_endpoint(one) for one in cast("list[Record]", listing["webhooks"])]
    _print(listing, ("webhook", "state", "events", "url"), rows, as_json=as_json)


@app.command()
def delete(
    webhook: Endpoint,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Delete an endpoint; what was not delivered yet is not sent any more."""
    with connect(base_url, api_key, data_dir) as client:
        print(client.delete_webhook(webhook)["id"])


@app.command("test")
def send_test(
    webhook: Endpoint,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Send a test event to an endpoint; print the id of its delivery."""
    with connect(base_url, api_key, data_dir) as client:
        print(client.test_webhook(webhook)["deliveryId"])


@app.command()
def deliveries(
    webhook: Endpoint,
    status: Annotated[str | None, typer.Option(help="pending, delivered, exhausted or cancelled.")] = None,
    event: Annotated[str | None, typer.Option(help="Only this type of event.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Deliveries a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List what was sent to an endpoint, newest first, with the outcome of the last attempt."""
    wanted = {"status": status, "eventType": event, "limit": str(limit), "page": str(page)}
    with connect(base_url, api_key, data_dir) as client:
        listing = client.deliveries(webhook, {name: value for name, value in wanted.items() if value})
    rows = [_delivery(one) for one in cast("list[Record]", listing["deliveries"])]
    _print(listing, ("delivery", "status", "event", "attempts", "last outcome", "created"), rows, as_json=as_json)


@app.command()
def replay(
    webhook: Endpoint,
    since: Annotated[str | None, typer.Option(help="Events of this time or later (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Events of this time or earlier.")] = None,
    since_sequence: Annotated[int | None, typer.Option(min=1, help="Events of this number or a higher one.")] = None,
    until_sequence: Annotated[int | None, typer.Option(min=1, help="Events of this number or a lower one.")] = None,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Send a part of the log to an endpoint again; print how many events that are."""
    bounds = {
        "since": since,
        "until": until,
        "sinceSequence": since_sequence,
        "untilSequence": until_sequence,
    }
    range_: Record = {name: value for name, value in bounds.items() if value is not None}
    if not range_:
        raise CommandError("Say which events: --since, --until, --since-sequence or --until-sequence.", Exit.USAGE)
    with connect(base_url, api_key, data_dir) as client:
        print(client.replay(webhook, range_))


@app.command()
def default_secret(
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new one and print it, this once.")] = False,
    overlap: Annotated[
        int, typer.Option(min=0, max=WEEK_SECONDS, help="How long the old one signs too.", metavar="SECONDS")
    ] = DAY_SECONDS,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say whether the organization has a secret of its own, for jobs with a webhookUrl and no webhookSecret."""
    with connect(base_url, api_key, data_dir) as client:
        if rotate:
            print(client.rotate_default_secret(overlap))
            return
        found = client.default_secret()
    until = found["previousSecretUntil"]
    print(
        "none yet" if not found["exists"] else f"exists; the one before it signs until {until}" if until else "exists"
    )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise CommandError("A header is written `Name: value`.", Exit.USAGE)
    return name.strip(), value.strip()


def _endpoint(one: Record) -> tuple[str, ...]:
    state = "active" if one["active"] else f"disabled ({one['disabledReason']})" if one["disabledReason"] else "off"
    return str(one["id"]), state, ",".join(map(str, cast("list[str]", one["events"]))), str(one["url"])


def _delivery(one: Record) -> tuple[str, ...]:
    attempts = cast("list[Record]", one["attempts"])
    outcome = ""
    if attempts:
        last = attempts[-1]
        outcome = f"{last['statusCode'] or last['error']} in {last['latencyMs']} ms"
    shown = ("id", "status", "eventType", "attemptCount")
    return (*(str(one[name]) for name in shown), outcome, str(one["createdAt"]))


def _print(listing: Record, columns: tuple[str, ...], rows: list[tuple[str, ...]], *, as_json: bool) -> None:
    console = Console()
    if as_json:
        print(_json(listing))
    elif not console.is_terminal:
        print(*("\t".join(row) for row in rows), sep="\n", end="\n" if rows else "")
    else:
        table = Table(*columns, box=None, header_style="bold")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def _json(value: Record) -> str:
    return msgspec.json.encode(value).decode()

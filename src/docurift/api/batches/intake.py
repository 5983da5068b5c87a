"""A batch's body, of either form, as an order whose files are in the blob store."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from docurift.actions.batch_submit import AskedArchive, AskedItem, BatchOrder, KnownDocument, RefusedFile
from docurift.actions.submit import FileUrl, ReceivedFile
from docurift.api.batches import forms
from docurift.api.batches.files import IncomingFiles
from docurift.api.batches.forms import FileItem, JsonBatch, JsonItem
from docurift.api.intake.body import whole
from docurift.api.intake.multipart import read_parts
from docurift.api.intake.uploads import FORM, JSON, content_type
from docurift.api.intake.vetting import vet, vet_all
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.routes import Call
from docurift.model.filename import clean, name_in
from docurift.model.ids import DocumentId

_HEADS_BYTES: Final = 4 * 1024
"""Of one part of a form: its boundary and headers, with room."""

Source = ReceivedFile | RefusedFile | FileUrl | KnownDocument


@dataclass(frozen=True, slots=True)
class Intake:
    """An order, and its files, which have to be kept once it is accepted. `names` say how errors call each item."""

    order: BatchOrder
    files: IncomingFiles
    names: Sequence[str] = ()


@asynccontextmanager
async def receive_batch(call: Call) -> AsyncGenerator[Intake]:
    """The order in the request's body; temporary files are gone when the context ends, and stored bytes too unless
    they are kept.

    Raises:
        Problem: whatever is wrong with it as a whole.
        ClientGoneError: the client hung up.
    """
    kind = content_type(call.request)
    if kind not in {FORM, JSON}:
        raise Problem(ErrorCode.UNSUPPORTED_MEDIA_TYPE, details={"accepted": [FORM, JSON]})
    read = _from_form if kind == FORM else _from_json
    async with (
        call.runtime.gate.place() as folder,
        IncomingFiles(call.services, call.organization_id, folder) as files,
    ):
        intake = await read(call, files)
        await _vet(call, intake)
        yield intake


async def _from_form(call: Call, files: IncomingFiles) -> Intake:
    limits = call.services.limits
    most = limits.max_batch_bytes + limits.max_batch_items * _HEADS_BYTES + limits.max_batch_json_bytes
    long_fields = {forms.ITEMS: limits.max_batch_json_bytes}
    fields = await read_parts(call.request, limits, files, max_bytes=most, long_fields=long_fields)
    sources = await files.sources()
    if not sources:
        raise invalid("file", "is missing; send each document as a part `file` of the form")
    form = forms.of_form(fields, files=len(sources), limits=limits)
    archive = files.archive
    if archive is None:
        items = [_named(source, item) for source, item in zip(sources, form.items, strict=True)]
        order = _order(form.shared, [_asked(*one) for one in zip(items, form.items, strict=True)])
        return Intake(order, files)
    if forms.ITEMS in fields:
        raise invalid(forms.ITEMS, "should not stand beside an archive, whose files all get the same options")
    await files.put_archive(archive)
    asked = AskedArchive(
        path=archive.path, sha256=archive.sha256, options=form.shared.options(), password=form.shared.password
    )
    return Intake(_order(form.shared, asked), files)


async def _from_json(call: Call, files: IncomingFiles) -> Intake:
    limits = call.services.limits
    batch = forms.of_json(await whole(call.request, limits, max_bytes=limits.max_batch_json_bytes), limits)
    await _decode(batch, files)
    decoded = iter(await files.sources())
    sources = [_source(call, item, name, decoded) for item, name in zip(batch.items, batch.names, strict=True)]
    items = [_asked(*one) for one in zip(sources, batch.items, strict=True)]
    return Intake(_order(batch.shared, items), files, batch.names)


async def _decode(batch: JsonBatch, files: IncomingFiles) -> None:
    for item, name in zip(batch.items, batch.names, strict=True):
        if item.file_base64 is not None:
            files.begin(item.file_name)
            files.add(forms.decoded(item, name))
            files.end()
            await files.flush()


def _source(call: Call, item: JsonItem, name: str, decoded: Iterator[ReceivedFile | RefusedFile]) -> Source:
    if item.document_id is not None:
        return KnownDocument(DocumentId(item.document_id))
    if item.file_url is None:
        return next(decoded)
    if not call.services.limits.takes_file_urls:
        raise invalid(name, "has a `fileUrl`, which the operator of this service turned off; send the file itself")
    shown = name_in(item.file_url) if item.file_name is None else clean(item.file_name)
    return FileUrl(url=item.file_url, file_name=shown)


def _named(source: ReceivedFile | RefusedFile, item: FileItem) -> ReceivedFile | RefusedFile:
    return source if item.file_name is None else replace(source, file_name=clean(item.file_name))


def _asked(source: Source, item: FileItem) -> AskedItem:
    return AskedItem(
        source=source, options=item.options(), callback_metadata=item.callback_metadata, password=item.password
    )


def _order(shared: forms.CallFields, content: Sequence[AskedItem] | AskedArchive) -> BatchOrder:
    return BatchOrder(content=content, callback_metadata=shared.callback_metadata, webhook=shared.webhook())


async def _vet(call: Call, intake: Intake) -> None:
    """Every address may be called, as far as can be told now.

    Raises:
        Problem: `URL_NOT_ALLOWED`, naming the item.
    """
    guard, order = call.services.guard, intake.order
    if order.webhook is not None:
        await vet(guard, "webhookUrl", order.webhook.url)
    if not isinstance(order.content, AskedArchive) and intake.names:
        named = zip(intake.names, order.content, strict=True)
        await vet_all(guard, [(name, item.source.url) for name, item in named if isinstance(item.source, FileUrl)])

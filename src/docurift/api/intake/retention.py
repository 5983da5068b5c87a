"""How long what comes in is kept, where the request does not say."""

from dataclasses import replace

from docurift.actions.batch_submit import AskedArchive, BatchOrder
from docurift.api.services import EdgeLimits
from docurift.model.job import JobOptions


def kept(options: JobOptions, limits: EdgeLimits) -> JobOptions:
    """The options with the service's retention where the request names none. Not part of what makes two requests the
    same: a replay after the operator changed it is one still.
    """
    if options.expires_after_seconds is not None or not limits.retention_seconds:
        return options
    return replace(options, expires_after_seconds=limits.retention_seconds)


def kept_order(order: BatchOrder, limits: EdgeLimits) -> BatchOrder:
    """As `kept`, for each job of a batch."""
    content = order.content
    if isinstance(content, AskedArchive):
        return replace(order, content=replace(content, options=kept(content.options, limits)))
    return replace(order, content=[replace(item, options=kept(item.options, limits)) for item in content])

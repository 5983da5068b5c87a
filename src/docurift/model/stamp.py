"""Moments as they travel: in answers, events and deliveries alike."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """`moment` as ISO 8601 UTC with `Z` and milliseconds (contract section 1)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

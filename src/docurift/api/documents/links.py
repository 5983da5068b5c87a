"""Signed links to page images: good for a quarter of an hour, for one picture, without a key (security.md, T31)."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from docurift.model.ids import DocumentId, OrganizationId

LINK_SECONDS: Final = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A link and when it ends."""

    url: str
    expires_at: datetime


class PageLinks:
    """Makes and checks links under a key of their own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, organization_id: OrganizationId, document_id: DocumentId, *, page: int, dpi: int) -> Signed:
        """A link to one page image, for the next 15 minutes."""
        expires = int(time.time()) + LINK_SECONDS
        signature = self._signature(organization_id, document_id, page, dpi, expires)
        query = f"dpi={dpi}&organization={organization_id}&expires={expires}&signature={signature}"
        url = f"/v1/documents/{document_id}/pages/{page}/image?{query}"
        return Signed(url=url, expires_at=datetime.fromtimestamp(expires, UTC))

    def is_right(
        self, signature: str, organization_id: str, document_id: str, *, page: int, dpi: int, expires: int
    ) -> bool:
        """Whether `signature` is ours for exactly this, and its time is not over."""
        wanted = self._signature(organization_id, document_id, page, dpi, expires)
        return hmac.compare_digest(signature.encode(), wanted.encode()) and time.time() < expires

    def _signature(self, organization_id: str, document_id: str, page: int, dpi: int, expires: int) -> str:
        text = f"page-image\n{organization_id}\n{document_id}\n{page}\n{dpi}\n{expires}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

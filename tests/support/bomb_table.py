"""Every bomb of security.md section 3.4, with the outcomes that are right for it."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from tests.support import bombs

MIB = 1024 * 1024
COMPLETED = "completed"
HONEST = frozenset({COMPLETED, "FILE_CORRUPT", "PAGE_TOO_LARGE", "TEXT_NOT_FOUND", "OUT_OF_MEMORY", "TOO_MANY_PAGES"})


@dataclass(frozen=True)
class Bomb:
    """A file; `right` are the outcomes to accept: `completed` or codes. `page` is the one that a failure must name."""

    name: str
    make: Callable[[], bytes]
    right: frozenset[str]
    page: int | None = None


def table(unfolded_bytes: int) -> list[Bomb]:
    """All of them; those that unfold in memory do so to `unfolded_bytes`, which should be above the parser's limit."""
    return [*_memory(unfolded_bytes), *_time(), *_sizes(), *_structures(), *_pictures(), *_archives()]


def _memory(size: int) -> list[Bomb]:
    right = frozenset({"OUT_OF_MEMORY"})
    flates = [
        Bomb(f"flate-{layers}.pdf", lambda layers=layers: bombs.pdf_flate(layers, size), right, page=1)
        for layers in (1, 2, 3)
    ]
    return [*flates, Bomb("nested-forms.pdf", bombs.pdf_nested_forms, right, page=1)]


def _time() -> list[Bomb]:
    right = frozenset({"PROCESSING_TIMEOUT"})
    spinning = [Bomb(f"{make.__name__}.pdf", make, right, page=1) for make in (bombs.pdf_tiling, bombs.pdf_shading)]
    # Drawn to the end within 3 s where this was written, so a limit above that sees it completed.
    return [*spinning, Bomb("paths.pdf", bombs.pdf_paths, right | {COMPLETED}, page=1)]


def _sizes() -> list[Bomb]:
    fits = frozenset({COMPLETED})
    return [
        Bomb("box-14-million.pdf", bombs.pdf_boxed, frozenset({"PAGE_TOO_LARGE"}), page=1),
        Bomb("box-14400.pdf", lambda: bombs.pdf_boxed(b"0 0 14400 14400"), fits),
        Bomb("userunit.pdf", lambda: bombs.pdf_boxed(b"0 0 595 842", b"/UserUnit 100000"), fits),
        Bomb("many-pages.pdf", bombs.pdf_many_pages, frozenset({"TOO_MANY_PAGES"})),
    ]


def _structures() -> list[Bomb]:
    makers: dict[str, Callable[[], bytes]] = {
        "count-lie": bombs.pdf_count_lie,
        "page-cycle": bombs.pdf_page_cycle,
        "self-form": bombs.pdf_self_form,
        "deep-arrays": bombs.pdf_deep_arrays,
        "nan-box": lambda: bombs.pdf_boxed(b"nan nan nan nan"),
        "image-claim": bombs.pdf_image_claim,
    }
    return [Bomb(f"{name}.pdf", make, HONEST) for name, make in makers.items()]


def _pictures() -> list[Bomb]:
    right = frozenset({"PAGE_TOO_LARGE"})
    return [
        Bomb("pixels.png", lambda: bombs.png(50_000, 50_000, pixels=True), right),
        Bomb("claim.png", lambda: bombs.png(65_000, 65_000, pixels=False), right),
        Bomb("claim.jpg", lambda: bombs.jpeg_claim(_a_jpeg()), right),
        Bomb("claim.gif", bombs.gif_claim, right),
        Bomb("claim.tif", bombs.tiff_claim, right),
    ]


def _archives() -> list[Bomb]:
    corrupt, unfolds = frozenset({"FILE_CORRUPT"}), frozenset({"DECOMPRESSION_LIMIT"})
    return [
        Bomb("laughs.docx", lambda: bombs.docx_with_doctype(bombs.LAUGHS, "&a10;"), corrupt),
        Bomb("xxe.docx", lambda: bombs.docx_with_doctype(bombs.XXE), corrupt),
        Bomb("unfolding.docx", lambda: bombs.docx_unfolding(600 * MIB), unfolds),
        Bomb("entries.docx", lambda: bombs.docx_many_entries(12_000), unfolds),
        Bomb("climbing.docx", lambda: bombs.docx_with("../../etc/passwd"), corrupt),
    ]


def _a_jpeg() -> bytes:
    target = BytesIO()
    Image.new("L", (64, 64), 255).save(target, "JPEG")
    return target.getvalue()

"""Damaged files of every format end as pages or as a `DocumentError`, never as anything else."""

import random
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from tests.support.bombs import pdf_good
from tests.support.office import HEADING_STYLES, a_docx, an_archive, paragraph, relations, word_table
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.pipeline.ports import DocumentError

RUNS_A_SEED = 22
SHEET = (
    '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Item</t></is></c>'
    '<c r="B1" t="s"><v>0</v></c></row>'
    '<row r="2"><c r="A2"><v>12.5</v></c><c r="B2" s="0"><v>45429</v></c></row></sheetData></worksheet>'
)
SLIDE = (
    '<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="title"/></p:nvPr><p:txBody><a:p><a:t>Offer</a:t></a:p>'
    "</p:txBody></p:sp><a:tbl><a:tr><a:tc><a:p><a:t>Tea</a:t></a:p></a:tc></a:tr></a:tbl></p:sld>"
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def an_image(kind: str) -> bytes:
    target = BytesIO()
    first = Image.effect_noise((32, 24), 60)
    first.save(target, kind, save_all=kind in {"TIFF", "GIF"}, append_images=[first])
    return target.getvalue()


def a_workbook() -> bytes:
    return an_archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({"xl/workbook.xml": "officeDocument"}),
            "xl/_rels/workbook.xml.rels": relations(
                {"sheet1.xml": "worksheet", "strings.xml": "sharedStrings", "styles.xml": "styles"}
            ),
            "xl/workbook.xml": f'<workbook xmlns:r="{OFFICE}"><sheet name="S" r:id="rId1"/></workbook>',
            "xl/sheet1.xml": SHEET,
            "xl/strings.xml": "<sst><si><t>Price</t></si></sst>",
            "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>',
        },
        stored=True,
    )


def a_deck() -> bytes:
    return an_archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({"ppt/presentation.xml": "officeDocument"}),
            "ppt/_rels/presentation.xml.rels": relations({"slide1.xml": "slide"}),
            "ppt/presentation.xml": f'<p:p xmlns:p="p" xmlns:r="{OFFICE}"><p:sldId r:id="rId1"/></p:p>',
            "ppt/slide1.xml": SLIDE,
        },
        stored=True,
    )


SEEDS: dict[str, Callable[[], bytes]] = {
    **{kind.lower(): lambda kind=kind: an_image(kind) for kind in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP")},
    "pdf": pdf_good,
    "docx": lambda: a_docx(
        paragraph("Contract", "H1") + word_table(("Item", "Price"), ("Tea", "4.50")), styles=HEADING_STYLES
    ),
    "xlsx": a_workbook,
    "pptx": a_deck,
    "html": lambda: (
        b"<!doctype html><h1>a</h1><table><tr><th>a<th>b<tr><td rowspan=2>1<td colspan=3>2</table><ul><li>x"
    ),
    "eml": lambda: (
        b"From: a@b.c\nTo: d@e.f\nSubject: =?utf-8?q?x?=\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="q"\n\n--q\nContent-Type: text/html; charset=latin-1\n\n<p>x\n--q\n'
        b'Content-Type: application/pdf; name="a"\nContent-Transfer-Encoding: base64\n\nQUJD\n--q--\n'
    ),
    "xml": lambda: b'<Invoice xmlns="u"><ID>1</ID><Party><Name>x</Name></Party></Invoice>',
    "txt": lambda: "Größe\tPreis\x0c5 €\n".encode() * 3,
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """`data` with a few bytes flipped, a piece cut out, doubled or moved, or its end missing."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(out)), chance.randint(1, max(1, len(out) // 8))
        piece = out[at : at + length]
        match chance.randrange(6):
            case 0 | 1 | 2:
                out[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
            case 3:
                del out[at : at + length]
            case 4:
                out[at:at] = piece
            case _:
                del out[max(at, 8) :]
        out = out or bytearray(b"\0")
    return bytes(out)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(30)
def test_a_damaged_file_is_read_or_refused(seed: str) -> None:
    order, ocr = a_work_order(), ScriptedOcr()
    good = SEEDS[seed]()
    ContentOpeners().open(good, order).read(1, order, ocr)

    for number in range(RUNS_A_SEED):
        data = damaged(good, random.Random(f"{seed} {number}"))  # noqa: S311 - the same damage in each run
        try:
            source = ContentOpeners().open(data, order)
            for page in range(1, min(source.page_count, 3) + 1):
                source.read(page, order, ocr)
            source.close()
        except DocumentError:
            continue

"""Draws the sample documents in `samples/`: `python tools/make_samples.py [folder]`.

Every name, number and address is invented, the only font is Bitstream Vera as ReportLab carries it, and every random
number has a fixed seed: the same versions of the libraries draw the same files again.
"""

import io
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONTS = Path(reportlab.__file__).parent / "fonts"
DPI = 200
A4_PIXELS = (1654, 2339)

VENDOR = ("Lindholm Instruments AB", "Hamngatan 14", "411 06 Gothenburg", "Sweden")
CUSTOMER = ("Brightwater Analytics Ltd", "27 Quay Street", "Bristol BS1 5XQ", "United Kingdom")
TERMS = "Please pay within 30 days and quote the invoice number. Goods remain ours until they are paid."
PARTS = (
    ("Flow sensor FS-{n}", 148.50),
    ("Pressure transmitter PT-{n}", 212.00),
    ("Calibration block CB-{n}", 64.25),
    ("Shielded cable {n} m", 3.80),
    ("Mounting bracket MB-{n}", 17.90),
    ("Relay module RM-{n}", 88.00),
)


def main() -> None:
    """Draw all four samples."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "samples"
    for style in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(style, str(FONTS / f"{style}.ttf")))
    for name, draw in SAMPLES.items():
        path = folder / name
        path.write_bytes(draw())
        print(f"{path.name:20} {path.stat().st_size / 1000:7.0f} kB")


def invoice() -> bytes:
    """A born-digital PDF of three pages: an invoice whose table of 64 lines runs over them."""
    body = ParagraphStyle("body", fontName="Vera", fontSize=9, leading=13)
    title = ParagraphStyle("title", fontName="VeraBd", fontSize=18, leading=24)
    rows = _invoice_rows()
    subtotal = sum(quantity * price for _, quantity, price in rows)
    tax = round(subtotal * 0.25, 2)
    story: list[Any] = [
        Paragraph("Invoice", title),
        Paragraph("<br/>".join(VENDOR), body),
        Spacer(1, 6 * mm),
        _facts(),
        Spacer(1, 6 * mm),
        Paragraph("<b>Bill to</b><br/>" + "<br/>".join(CUSTOMER), body),
        Spacer(1, 6 * mm),
        _lines(rows),
        Spacer(1, 6 * mm),
        KeepTogether([_totals(subtotal, tax), Spacer(1, 8 * mm), Paragraph(TERMS, body)]),
    ]
    out = io.BytesIO()
    template = SimpleDocTemplate(
        out, pagesize=A4, margin=20 * mm, title="Invoice LI-2024-0117", author=VENDOR[0], invariant=1
    )
    template.build(story, onFirstPage=_footer, onLaterPages=_footer)
    return out.getvalue()


def _invoice_rows() -> list[tuple[str, int, float]]:
    chance = random.Random(117)  # noqa: S311 - the same rows each time, not a secret
    rows: list[tuple[str, int, float]] = []
    for _ in range(64):
        name, price = chance.choice(PARTS)
        rows.append((name.format(n=chance.randrange(10, 990)), chance.randrange(1, 40), price))
    return rows


def _facts() -> Table:
    facts = [
        ("Invoice number:", "LI-2024-0117"),
        ("Invoice date:", "2024-03-14"),
        ("Due date:", "2024-04-13"),
        ("Order reference:", "BW-88213"),
        ("Currency:", "EUR"),
    ]
    style = TableStyle([("FONT", (0, 0), (0, -1), "VeraBd", 9), ("FONT", (1, 0), (1, -1), "Vera", 9)])
    return Table(facts, colWidths=[40 * mm, 60 * mm], hAlign="LEFT", rowHeights=14, style=style)


def _lines(rows: Sequence[tuple[str, int, float]]) -> Table:
    grid = [("Pos", "Description", "Quantity", "Unit price", "Amount")]
    for number, (name, quantity, price) in enumerate(rows, start=1):
        grid.append((str(number), name, str(quantity), f"{price:.2f}", f"{quantity * price:,.2f}"))
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), "VeraBd", 9),
            ("FONT", (0, 1), (-1, -1), "Vera", 8.5),
            ("BACKGROUND", (0, 0), (-1, 0), colors.Color(0.88, 0.91, 0.95)),
            ("GRID", (0, 0), (-1, -1), 0.4, colors.Color(0.55, 0.55, 0.6)),
            ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ]
    )
    return Table(grid, colWidths=[12 * mm, 74 * mm, 24 * mm, 28 * mm, 32 * mm], repeatRows=1, style=style)


def _totals(subtotal: float, tax: float) -> Table:
    rows = [
        ("Subtotal:", f"{subtotal:,.2f}"),
        ("VAT 25 %:", f"{tax:,.2f}"),
        ("Total:", f"{subtotal + tax:,.2f}"),
    ]
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, 1), "Vera", 9),
            ("FONT", (0, 2), (-1, 2), "VeraBd", 10),
            ("ALIGN", (1, 0), (1, -1), "RIGHT"),
            ("LINEABOVE", (0, 2), (-1, 2), 0.8, colors.black),
        ]
    )
    return Table(rows, colWidths=[40 * mm, 36 * mm], hAlign="RIGHT", style=style)


def _footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont("Vera", 7.5)
    canvas.drawString(
        20 * mm, 10 * mm, "Lindholm Instruments AB - VAT SE556677889901 - IBAN SE45 5000 0000 0583 9825 7466"
    )
    canvas.drawRightString(190 * mm, 10 * mm, f"Page {document.page}")


LETTER = (
    (
        "Harbour & Vale Surveyors",
        "",
        "Report number: HV-3307",
        "Date of visit: 2024-02-06",
        "Surveyor: M. Okafor",
        "",
        "We visited the warehouse at 9 Tannery Lane on the morning of 6 February. The",
        "roof was replaced in 2019 and shows no sign of leaking. Two of the eleven",
        "skylights are cracked and should be renewed before the autumn.",
        "",
        "The floor slab is level to within 8 mm over its whole length of 62 metres. A",
        "hairline crack runs from column C4 to the north wall; it is old, dry and was",
        "measured at 0.3 mm. We recommend that it be read again after one year.",
        "",
        "The electrical installation was last tested in May 2021 and is due again in",
        "May 2026. The fire doors close fully, but the closer of door 7 leaks oil.",
    ),
    (
        "Findings in order of urgency",
        "",
        "1. Renew the closer of fire door 7 without delay.",
        "2. Replace skylights 3 and 8 before October.",
        "3. Clear the gutters on the east side twice a year.",
        "4. Read the crack gauge at column C4 in February 2025.",
        "",
        "Estimated cost of items 1 to 3: 4,850.00 EUR",
        "Valid until: 2024-06-30",
        "",
        "This report is for the owner named above and for no other purpose. We have not",
        "opened up the structure and can say nothing about parts that we could not see.",
        "",
        "M. Okafor",
        "Chartered surveyor",
    ),
)


def scan() -> bytes:
    """A PDF of two pages that are pictures only: skewed a little, noisy, gray, 200 dpi."""
    plan = zip(LETTER, (1, 2), (0.7, -0.5), strict=True)
    pages = [_scanned(lines, seed=seed, angle=angle) for lines, seed, angle in plan]
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for page in pages:
        jpeg = io.BytesIO()
        page.save(jpeg, "JPEG", quality=45)
        canvas.drawImage(_reader(jpeg), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _reader(jpeg: io.BytesIO) -> ImageReader:
    jpeg.seek(0)
    return ImageReader(jpeg)


def _scanned(lines: Sequence[str], *, seed: int, angle: float) -> Image.Image:
    page = _typed(lines, size=34).rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(0.8))
    noise = np.random.default_rng(seed).normal(0, 5, (A4_PIXELS[1], A4_PIXELS[0]))
    return Image.fromarray(np.clip(np.asarray(page, np.float32) * 0.93 + 6 + noise, 0, 255).astype(np.uint8))


def _typed(lines: Sequence[str], *, size: int) -> Image.Image:
    """A gray A4 page at 200 dpi; the first line is its heading."""
    page = Image.new("L", A4_PIXELS, 255)
    draw = ImageDraw.Draw(page)
    y = 200
    for number, line in enumerate(lines):
        font = _font("VeraBd" if number == 0 else "Vera", size + (14 if number == 0 else 0))
        draw.text((160, y), line, font=font, fill=25)
        y += int(size * 1.7)
    return page


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)


RECEIPT = (
    ("Corner Bakery Nordhavn", ""),
    ("Strandvej 8, 2100 Copenhagen", ""),
    ("Receipt no: 004471", ""),
    ("Date: 2024-05-17  08:42", ""),
    ("", ""),
    ("Rye bread", "42.00"),
    ("Cinnamon roll x 3", "66.00"),
    ("Filter coffee x 2", "58.00"),
    ("Orange juice", "34.00"),
    ("", ""),
    ("Subtotal", "200.00"),
    ("VAT 25 % included", "40.00"),
    ("Total DKK", "200.00"),
    ("Card", "200.00"),
    ("", ""),
    ("Thank you, see you tomorrow", ""),
)


def receipt() -> bytes:
    """A photo of a receipt as a phone takes it: on a table, in perspective, with a shadow across it."""
    slip = Image.new("RGB", (760, 1120), (250, 248, 243))
    draw = ImageDraw.Draw(slip)
    for number, (left, right) in enumerate(RECEIPT):
        font = _font("VeraBd" if number in {0, 12} else "Vera", 34 if number else 42)
        draw.text((50, 60 + number * 62), left, font=font, fill=(40, 38, 42))
        draw.text((710, 60 + number * 62), right, font=font, fill=(40, 38, 42), anchor="ra")
    photo = _on_a_table(slip, size=(1200, 1600), corners=((170, 130), (1010, 190), (1090, 1480), (110, 1400)))
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=72, dpi=(72, 72))
    return out.getvalue()


def _on_a_table(slip: Image.Image, *, size: tuple[int, int], corners: Sequence[tuple[int, int]]) -> Image.Image:
    width, height = size
    grain = np.random.default_rng(7).normal(0, 1, (height // 8, width))
    wood = np.repeat(grain, 8, axis=0)[..., None] * 5 + np.array([118, 86, 60])
    table = Image.fromarray(np.clip(wood, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    coefficients = _perspective(corners, ((0, 0), (slip.width, 0), slip.size, (0, slip.height)))
    turned = slip.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mask = Image.new("L", slip.size, 255).transform(size, Image.Transform.PERSPECTIVE, coefficients)
    table.paste(turned, (0, 0), mask)
    return _shaded(table)


def _perspective(here: Sequence[tuple[int, int]], there: Sequence[tuple[int, int]]) -> list[float]:
    """The eight numbers that Pillow wants: where in the slip each point of the photo comes from."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(here, there, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.linalg.solve(np.array(rows), np.array(there, float).ravel()).tolist()


def _shaded(photo: Image.Image) -> Image.Image:
    """A soft shadow from the lower right, a little sensor noise, a lens a little out of focus."""
    pixels = np.asarray(photo.filter(ImageFilter.GaussianBlur(0.7)), np.float32)
    y, x = np.mgrid[0 : photo.height, 0 : photo.width]
    distance = (x / photo.width * 0.9 + y / photo.height * 0.6 - 0.85) * 9
    light = 1.0 - 0.38 / (1 + np.exp(-distance))
    noise = np.random.default_rng(8).normal(0, 3, pixels.shape)
    return Image.fromarray(np.clip(pixels * light[..., None] + noise, 0, 255).astype(np.uint8))


FAX = (
    (
        "Delivery note",
        "",
        "Note number: DN-90412",
        "Date: 2024-01-29",
        "Carrier: Fjord Road Freight",
        "",
        "Consignee: Maple Ridge Dairy, 5 Mill Road, Kendal",
        "",
        "12 pallets of glass bottles, 0.5 l",
        "3 pallets of closures, 38 mm",
    ),
    (
        "Packing list",
        "",
        "Pallet 1 to 6: 1,152 bottles each",
        "Pallet 7 to 12: 1,056 bottles each",
        "Pallet 13 to 15: 24,000 closures each",
        "",
        "Gross weight: 9,840 kg",
        "Net weight: 9,312 kg",
    ),
    (
        "Proof of delivery",
        "",
        "Received in good order on 2024-01-30 at 14:20",
        "Received by: T. Haworth",
        "Condition: two cartons of closures dented, contents sound",
    ),
)


def fax() -> bytes:
    """A TIFF of three pages in black and white, coded as a fax (CCITT group 4), 200 dpi."""
    pages = [_typed(lines, size=38).point(lambda value: 255 if value > 140 else 0).convert("1") for lines in FAX]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(DPI, DPI))
    return out.getvalue()


SAMPLES: dict[str, Callable[[], bytes]] = {
    "invoice.pdf": invoice,
    "scanned-report.pdf": scan,
    "receipt-photo.jpg": receipt,
    "fax.tiff": fax,
}

if __name__ == "__main__":
    main()

"""Small PDFs, drawn by ReportLab or written by hand."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from tests.support.bombs import a_pdf as of_objects
from tests.support.bombs import a_stream

A4 = (595.0, 842.0)
Placed = tuple[float, float, str]


def a_pdf(*pages: Sequence[Placed], size: tuple[float, float] = A4, font_size: float = 11, password: str = "") -> bytes:
    """One page for each list of `(x, y, text)`, in points from the lower left corner."""
    out = BytesIO()
    encrypt = StandardEncryption(password, ownerPassword="owner") if password else None
    canvas = Canvas(out, pagesize=size, encrypt=encrypt)
    for page in pages:
        canvas.setFont("Helvetica", font_size)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def a_turned_pdf(
    rotation: int,
    placed: Sequence[Placed],
    *,
    crop: tuple[float, float, float, float],
    along: tuple[int, int] = (1, 0),
) -> bytes:
    """One page with /Rotate and a CropBox (left, bottom, right, top); its text runs in the direction `along`."""
    cos, sin = along
    content = "\n".join(f"BT /F1 14 Tf {cos} {sin} {-sin} {cos} {x} {y} Tm ({text}) Tj ET" for x, y, text in placed)
    return of_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /CropBox [{' '.join(map(str, crop))}] "
            f"/Rotate {rotation} /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".encode(),
            a_stream(content.encode()),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def a_scanned_pdf(image: Image.Image, *, size: tuple[float, float] = A4) -> bytes:
    """One page that is nothing but a picture."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=size)
    canvas.drawImage(ImageReader(image), 0, 0, *size)
    canvas.save()
    return out.getvalue()


def a_form_pdf(value: str) -> bytes:
    """One page with a text field filled in."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawString(50, 700, "Name:")
    canvas.acroForm.textfield(name="name", value=value, x=100, y=690, width=200, height=20)
    canvas.save()
    return out.getvalue()


def a_table_pdf(rows: Sequence[Sequence[str]], *, x: float = 60, y: float = 700, step: float = 110) -> bytes:
    """A table without rulings under a line of text."""
    placed = [(x, y + 60, "A report on what was sold, and where, in the year that has just gone by.")]
    placed += [(x + step * c, y - 18 * r, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    return a_pdf(placed)


def a_pdf_meaning(hexadecimal: str) -> bytes:
    """One page on which the letters A, B, C mean the UTF-16 of `hexadecimal`, four digits each."""
    units = [hexadecimal[i : i + 4] for i in range(0, len(hexadecimal), 4)]
    lines = "\n".join(f"<{0x41 + i:02X}> <{unit}>" for i, unit in enumerate(units))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{len(units)} beginbfchar\n{lines}\nendbfchar\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()
    letters = "".join(chr(0x41 + i) for i in range(len(units)))
    content = f"BT /F1 24 Tf 100 700 Td ({letters}) Tj ET".encode()
    return of_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
                b" /Resources << /Font << /F1 5 0 R >> >> >>"
            ),
            a_stream(content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
            a_stream(cmap),
        ]
    )


def an_empty_page_pdf(media_box: str = "0 0 595 842") -> bytes:
    """One page with nothing on it."""
    return of_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] >>".encode(),
        ]
    )

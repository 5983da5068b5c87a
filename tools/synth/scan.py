"""Scan noise: a drawn page as a scanner or a camera hands it on, its boxes turned with it."""

import io
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageFilter

from docurift.model.result import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The first page as a JPEG, and the turn, in degrees counter-clockwise, that it was given."""

    jpeg: bytes
    degrees: float
    width: int
    height: int


def scanned(pdf: bytes, chance: Random, *, dpi: float = 150.0) -> Scan:
    """The first page, drawn, turned a little, blurred, unevenly lit, noisy, and compressed."""
    with pdfium.PdfDocument(pdf) as document:
        page = document[0].render(scale=dpi / 72).to_pil().convert("L")
    degrees = chance.choice((0.0, chance.uniform(-1.6, 1.6)))
    turned = page.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    blurred = turned.filter(ImageFilter.GaussianBlur(chance.uniform(0.2, 0.9)))
    pixels = np.asarray(blurred, dtype=np.float32)
    noise = np.random.default_rng(chance.randrange(1 << 32))
    light = np.linspace(chance.uniform(-24, 6), chance.uniform(-24, 6), pixels.shape[1], dtype=np.float32)
    noisy = pixels * chance.uniform(0.85, 1.0) + light + noise.normal(0, chance.uniform(2, 9), pixels.shape)
    out = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=chance.randrange(40, 85))
    return Scan(jpeg=out.getvalue(), degrees=degrees, width=page.width, height=page.height)


def turned_boxes(boxes: dict[str, dict[str, Any]], scan: Scan) -> dict[str, dict[str, Any]]:
    """The boxes of the first page, each as the upright box around its turned self."""
    return {
        pointer: {**told, "box": [round(side, 5) for side in _turned(tuple(told["box"]), scan)]}
        for pointer, told in boxes.items()
        if told["page"] == 1
    }


def _turned(box: Box, scan: Scan) -> Box:
    angle = np.deg2rad(scan.degrees)
    middle = np.array([scan.width / 2, scan.height / 2])
    corners = (
        np.array([(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]) * (scan.width, scan.height) - middle
    )
    # y grows downwards: a turn counter-clockwise on the page has the sines the other way round.
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = (corners @ turn.T + middle) / (scan.width, scan.height)
    (x0, y0), (x1, y1) = moved.min(axis=0), moved.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)

"""What documents of each type say: one module for each type, found by its name."""

from collections.abc import Callable
from importlib import import_module

from tools.synth.draft import Draft
from tools.synth.sheet import Sheet

from docurift.model.job import DocumentType

TYPES = tuple(one for one in DocumentType if one is not DocumentType.AUTO)


def content_of(document_type: DocumentType) -> Callable[[Draft], Sheet]:
    """What makes up a document of the type: `content` in the module of its name."""
    return import_module(f"tools.synth.types.{document_type.value}").content

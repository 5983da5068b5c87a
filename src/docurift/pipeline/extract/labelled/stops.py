"""Labels of business papers that mean nothing to a schema, but are no values either."""

from importlib.resources import files
from typing import Final

# Read with this module: a jailed child may open no file any more.
STOPS: Final = tuple((files("docurift.pipeline.extract.labelled") / "stops.txt").read_text("utf-8").splitlines())

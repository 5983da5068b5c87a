"""DocuRift: a self-hosted document-processing service built around its Jobs API."""

__version__ = "0.1.0"

"""A client of the Jobs API. It imports nothing of the server, so that it runs where only httpx2 is installed."""

from docurift.client.http import Client, ServiceError, UnreachableError

__all__ = ["Client", "ServiceError", "UnreachableError"]

"""The limits of this service, as its settings say."""

from docurift.api.rates.guesses import Guesses
from docurift.api.rates.limit import Limit, LimitName
from docurift.api.rates.meter import Meter
from docurift.api.rates.turnstile import Turnstile
from docurift.api.services import EdgeLimits
from docurift.model.ids import KeyId
from docurift.model.rate import Rate
from docurift.storage.database import Database


class Rates:
    """What is limited over time. `requests` is None where requests are not."""

    def __init__(self, db: Database, limits: EdgeLimits) -> None:
        def limit(name: LimitName, rate: Rate | None) -> Limit | None:
            return None if rate is None else Limit(name, rate, db)

        requests = limit(LimitName.REQUESTS, limits.requests)
        self.requests = None if requests is None else Turnstile(requests)
        self.guesses = Guesses(limit(LimitName.AUTH_FAILURES, limits.auth_failures))
        self._upload_bytes = limit(LimitName.UPLOAD_BYTES, limits.upload_bytes)

    def meter(self, key_id: KeyId) -> Meter:
        """What counts the body of a call of this key."""
        return Meter(self._upload_bytes, key_id)

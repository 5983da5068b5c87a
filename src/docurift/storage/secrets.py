"""Secrets at rest: passwords and addresses of documents, secrets and headers of webhooks (security.md, T4)."""

import hmac
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SecretUnreadableError(Exception):
    """The secret was sealed with another key, for another owner, or was changed since."""


class Secrets:
    """Seals short texts with AES-256-GCM under the service's key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the secret key has {len(key)} bytes in place of {KEY_BYTES}")
        self._cipher = AESGCM(key)
        self._digest_key = hmac.digest(key, b"docurift: digests of secrets", "sha256")

    @classmethod
    def from_hex(cls, text: str) -> "Secrets":
        """With the key written as 64 hexadecimal digits.

        Raises:
            ValueError: it is not written so, or is one repeated byte, which is nobody's secret.
        """
        key = bytes.fromhex(text.strip())
        if len(set(key)) == 1:
            raise ValueError("the secret key is one repeated byte: make one with `openssl rand -hex 32`")
        return cls(key)

    @classmethod
    def from_file(cls, path: Path) -> "Secrets":
        """With the key in `path`, which is made, readable by its owner only, if it does not exist."""
        if not path.exists():
            _make_key(path)
        return cls.from_hex(path.read_text("ascii"))

    def seal(self, text: str, *, owner: str) -> bytes:
        """`text` as only this key opens it, and only for `owner`, an id."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())

    def unseal(self, sealed: bytes, *, owner: str) -> str:
        """What was sealed.

        Raises:
            SecretUnreadableError: it cannot be opened.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadableError(owner) from error

    def digest(self, text: str, *, owner: str) -> bytes:
        """The same 32 bytes each time, by which equal texts of `owner` are found; without the key nobody makes them."""
        return hmac.digest(self._digest_key, owner.encode() + b"\0" + text.encode(), "sha256")


def _make_key(path: Path) -> None:
    """Write a fresh key under a passing name first: whoever starts beside us reads a whole key, and the same one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(os.urandom(KEY_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

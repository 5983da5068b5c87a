"""Organizations of the harness's own: no route makes a second one, so the rows are written."""

import psycopg

from docurift.model.ids import new_id
from docurift.model.key import SHOWN_LENGTH, hash_of, new_key


def an_organization(dsn: str) -> tuple[str, str]:
    """A fresh organization and an admin key of it."""
    organization, key = new_id("org"), new_key()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("insert into organizations (id, name) values (%s, %s)", (organization, organization))
        connection.execute(
            "insert into api_keys (id, organization_id, name, prefix, key_hash, scopes)"
            " values (%s, %s, 'harness', %s, %s, '{admin}')",
            (new_id("key"), organization, key[:SHOWN_LENGTH], hash_of(key)),
        )
    return organization, key

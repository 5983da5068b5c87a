"""An S3 of the tests' own (moto), over HTTP."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer


@contextmanager
def an_object_store() -> Iterator[str]:
    """Its endpoint. All of them in one process share their buckets, so name each bucket anew."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def s3_client(endpoint: str) -> Any:  # noqa: ANN401 -- boto3 makes its types at run time
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )


def blobs_in(endpoint: str, bucket: str) -> dict[tuple[str, str], str]:
    """The hash of what stands under each name, by organization and name, as `evidence.gather` reads a folder."""
    client = s3_client(endpoint)
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    whole = {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    return {(key.split("/")[-3], key.split("/")[-1]): hashlib.sha256(data).hexdigest() for key, data in whole.items()}

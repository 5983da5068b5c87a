"""How long another organization's single page waits beside 10,000 waiting pages (decision 0023).

    python -m bench.fair_shares [--singles 20] [--slots 2]

One organization sends batches of documents of 100 pages, 10,000 pages in all, each page taking 5 ms. While they are
read, another one sends single pages, one after the other. Limit: none begins later than the longest of those documents
takes; by the database's clock.
"""

import argparse
import statistics
import sys
from pathlib import Path

from tests.acceptance.test_batch_deaths import a_form, dsn_of, rows_of
from tests.reliability.organizations import an_organization
from tests.support.client import Client
from tests.support.service import Running, a_data_folder, running

DOCUMENTS, PAGES, PAGE_SECONDS = 100, 100, 0.005
ENGINE = Path(__file__).parents[1] / "tests/support/planted_engine.py"


def a_batch(client: Client) -> str:
    """All the documents of the large organization, waiting."""
    documents = [f"PLANT slow {PAGES} {PAGE_SECONDS}\n{number}".encode() for number in range(DOCUMENTS)]
    body, content_type = a_form(documents)
    answer = client.call("POST", "/v1/batches", body=body, Content_Type=content_type)
    return str(answer.data["id"])


def singles(service: Running, count: int) -> None:
    """Send them, and print what they waited beside what the documents took."""
    dsn = dsn_of(service)
    many, other = (Client(service.base_url, an_organization(dsn)[1]) for _ in range(2))
    batch_id = a_batch(many)
    while many.call("GET", f"/v1/batches/{batch_id}?wait=1").data["counts"]["completed"] == 0:
        pass
    job_ids = [other.submitted(b"PLANT good 1\n%d" % number, name="single.txt") for number in range(1)]
    for number in range(1, count):
        other.final(job_ids[-1])
        job_ids.append(other.submitted(b"PLANT good 1\n%d" % number, name="single.txt"))
    other.final(job_ids[-1])
    left = many.call("GET", f"/v1/batches/{batch_id}").data["counts"]["pending"]
    waits = [
        float(row[0])
        for row in rows_of(
            service, "select extract(epoch from started_at - created_at) from jobs where id = any(%s)", job_ids
        )
    ]
    takes = [
        float(row[0])
        for row in rows_of(
            service,
            "select extract(epoch from completed_at - started_at) from jobs where batch_id = %s"
            " and status = 'completed'",
            batch_id,
        )
    ]
    many.call("POST", f"/v1/batches/{batch_id}/cancel", body=b"")
    print("| | p50 s | longest s |\n|---|---|---|")
    print(f"| a document of {PAGES} pages, in hand | {statistics.median(takes):.2f} | {max(takes):.2f} |")
    print(f"| a single page, until it begins ({count}) | {statistics.median(waits):.2f} | {max(waits):.2f} |")
    print(f"documents still waiting at the end: {left} of {DOCUMENTS}")
    if max(waits) > max(takes):
        sys.exit("a single page waited for longer than one document takes")


def main() -> None:
    """Run it on a service of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--singles", type=int, default=20)
    parser.add_argument("--slots", type=int, default=2)
    arguments = parser.parse_args()
    settings = {
        "DOCURIFT_TESTING": "1",
        "DOCURIFT_TEST_ENGINE": str(ENGINE),
        "DOCURIFT_SLOTS": str(arguments.slots),
        "DOCURIFT_LEAST_FREE_BYTES": "0",
    }
    with a_data_folder() as folder, running(folder, settings) as service:
        singles(service, arguments.singles)


if __name__ == "__main__":
    main()

import httpx2
from tests.support.edge import OTHER, PNG_SIGNATURE, EdgeUnderTest, an_extraction, code_of, submit

CONTENT = b"Invoice number: INV-1"


async def completed(edge: EdgeUnderTest, client: httpx2.AsyncClient, **changes: object) -> str:
    accepted = await submit(client, CONTENT)
    await edge.complete(accepted["jobId"], an_extraction(**changes))
    return accepted["documentId"]


async def a_png(client: httpx2.AsyncClient) -> dict[str, str]:
    files = {"file": ("scan.png", PNG_SIGNATURE + b"rest")}
    return (await client.post("/v1/documents/process/async", files=files)).json()["data"]


async def test_a_document_shows_what_it_is_and_its_newest_result(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    document_id = await completed(edge, client)

    document = (await client.get(f"/v1/documents/{document_id}")).json()["data"]

    assert document["fileName"] == "invoice.txt"
    assert document["mimeType"] == "text/plain"
    assert document["fileSize"] == len(CONTENT)
    assert (document["status"], document["confidence"]) == ("completed", 0.9)
    assert document["result"]["detectedLanguage"] == "en"
    assert document["fields"] == {}
    assert "rawText" not in document
    assert "pageImages" not in document


async def test_text_and_page_images_come_when_asked_and_the_links_need_no_key(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await a_png(client)
    await edge.complete(accepted["jobId"])
    query = "includeRawText=true&includePageImages=true"

    document = (await client.get(f"/v1/documents/{accepted['documentId']}?{query}")).json()["data"]

    assert document["rawText"] == "Invoice number: INV-1"
    assert [image["page"] for image in document["pageImages"]] == [1, 2]
    async with edge.client("") as stranger:
        image = await stranger.get(document["pageImages"][0]["url"])
    assert image.status_code == 200
    assert image.content.startswith(PNG_SIGNATURE)


async def test_a_link_that_was_changed_in_any_part_is_refused(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await a_png(client)
    await edge.complete(accepted["jobId"])
    second = await a_png(client)
    shown = await client.get(f"/v1/documents/{accepted['documentId']}?includePageImages=true")
    url = httpx2.URL("http://docurift.test" + shown.json()["data"]["pageImages"][0]["url"])
    parts = dict(url.params)

    changed = [
        url.copy_merge_params({"dpi": "72"}),
        url.copy_merge_params({"organization": OTHER}),
        url.copy_merge_params({"expires": str(int(parts["expires"]) + 1)}),
        url.copy_merge_params({"signature": parts["signature"][:-1] + "x"}),
        url.copy_with(path=url.path.replace("/pages/1/", "/pages/2/")),
        url.copy_with(path=url.path.replace(accepted["documentId"], second["documentId"])),
    ]

    async with edge.client("") as stranger:
        assert (await stranger.get(url)).status_code == 200
        for one in changed:
            response = await stranger.get(one)
            assert (response.status_code, code_of(response)) == (403, "FORBIDDEN"), one


async def test_a_link_does_not_outlive_its_document(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await a_png(client)
    await edge.complete(accepted["jobId"])
    shown = await client.get(f"/v1/documents/{accepted['documentId']}?includePageImages=true")
    await client.delete(f"/v1/documents/{accepted['documentId']}")

    async with edge.client("") as stranger:
        response = await stranger.get(shown.json()["data"]["pageImages"][0]["url"])

    assert code_of(response) == "DOCUMENT_DELETED"


async def test_the_file_comes_back_to_be_saved_and_never_to_be_shown(client: httpx2.AsyncClient) -> None:
    files = {"file": ("rêport.pdf", b"<html><script>alert(1)</script></html>")}
    accepted = (await client.post("/v1/documents/process/async", files=files)).json()["data"]

    response = await client.get(f"/v1/documents/{accepted['documentId']}/file")

    assert response.content == files["file"][1]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-disposition"] == (
        "attachment; filename=\"r_port.pdf\"; filename*=UTF-8''r%C3%AAport.pdf"
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"


RANGES = [
    ("bytes=0-6", 206, b"Invoice", "bytes 0-6/21"),
    ("bytes=16-", 206, b"INV-1", "bytes 16-20/21"),
    ("bytes=-5", 206, b"INV-1", "bytes 16-20/21"),
    ("bytes=0-999", 206, CONTENT, "bytes 0-20/21"),
    ("bytes=0-1,3-4", 200, CONTENT, None),
    ("bytes=5-2", 200, CONTENT, None),
    ("lines=1-2", 200, CONTENT, None),
    ("bytes=21-", 416, None, "bytes */21"),
    ("bytes=-0", 416, None, "bytes */21"),
]


async def test_the_file_is_served_by_a_single_range(client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, CONTENT)

    for asked, status, body, content_range in RANGES:
        response = await client.get(f"/v1/documents/{accepted['documentId']}/file", headers={"Range": asked})

        assert response.status_code == status, asked
        assert response.headers.get("content-range") == content_range
        if body is None:
            assert code_of(response) == "RANGE_NOT_SATISFIABLE"
        else:
            assert response.content == body


async def test_a_range_for_other_bytes_gives_the_whole_file(client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, CONTENT)
    path = f"/v1/documents/{accepted['documentId']}/file"
    tag = (await client.get(path)).headers["etag"]

    same = await client.get(path, headers={"Range": "bytes=0-6", "If-Range": tag})
    other = await client.get(path, headers={"Range": "bytes=0-6", "If-Range": '"other"'})
    known = await client.get(path, headers={"If-None-Match": tag})

    assert (same.status_code, other.status_code, known.status_code) == (206, 200, 304)


async def test_a_damaged_blob_is_never_handed_out(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, CONTENT)
    [blob] = [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()]
    blob.chmod(0o600)
    blob.write_bytes(CONTENT.replace(b"1", b"2"))

    response = await client.get(f"/v1/documents/{accepted['documentId']}/file")

    assert (response.status_code, code_of(response)) == (500, "INTERNAL_ERROR")


async def test_a_page_tells_words_blocks_and_tables(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    document_id = await completed(edge, client)

    page = (await client.get(f"/v1/documents/{document_id}/pages/2")).json()["data"]
    beyond = await client.get(f"/v1/documents/{document_id}/pages/3")
    zero = await client.get(f"/v1/documents/{document_id}/pages/0")

    assert (page["page"], page["textSource"], page["unit"]) == (2, "native", "point")
    assert page["words"] == [{"text": "INV-1", "box": [0.1, 0.1, 0.4, 0.2], "confidence": 1.0}]
    assert page["blocks"][0]["words"] == [0]
    assert page["tables"][0]["cells"] == [{"row": 0, "column": 0, "text": "x", "box": None}]
    assert (beyond.status_code, code_of(beyond)) == (404, "NOT_FOUND")
    assert (zero.status_code, code_of(zero)) == (400, "VALIDATION_ERROR")


async def test_a_page_image_is_a_png_at_the_asked_resolution(client: httpx2.AsyncClient) -> None:
    accepted = await a_png(client)
    path = f"/v1/documents/{accepted['documentId']}/pages/1/image"

    image = await client.get(path, params={"dpi": "72"})
    too_fine = await client.get(path, params={"dpi": "201"})

    assert image.headers["content-type"] == "image/png"
    assert int.from_bytes(image.content[16:20], "big") == 72
    assert (too_fine.status_code, code_of(too_fine)) == (400, "VALIDATION_ERROR")


async def test_a_page_that_cannot_be_drawn_says_why(client: httpx2.AsyncClient) -> None:
    scan, text = await a_png(client), await submit(client, CONTENT)

    damaged = await client.get(f"/v1/documents/{scan['documentId']}/pages/13/image")
    flowing = await client.get(f"/v1/documents/{text['documentId']}/pages/1/image")

    assert (damaged.status_code, code_of(damaged)) == (422, "FILE_CORRUPT")
    assert (flowing.status_code, code_of(flowing)) == (404, "NOT_FOUND")


async def test_exports_are_files_to_save(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    document_id = await completed(edge, client)
    path = f"/v1/documents/{document_id}/export"

    answers = {form: await client.get(path, params={"format": form}) for form in ("json", "markdown", "text", "csv")}

    assert answers["json"].json()["data"]["result"]["detectedLanguage"] == "en"
    assert answers["markdown"].text == "# Invoice\n"
    assert answers["text"].text == "Invoice number: INV-1"
    assert answers["csv"].text == "Item,Total\r\nPaper,12.50\r\n"
    names = [answer.headers["content-disposition"].split('"')[1] for answer in answers.values()]
    assert names == ["invoice.json", "invoice.md", "invoice.txt", "invoice.csv"]
    assert code_of(await client.get(path, params={"format": "pdf"})) == "VALIDATION_ERROR"
    assert code_of(await client.get(path)) == "VALIDATION_ERROR"


async def test_documents_are_listed_by_filter_and_order(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    first = await completed(edge, client)
    second = (await submit(client, b"later", documentType="receipt"))["documentId"]

    async def found(query: str) -> list[str]:
        return [one["id"] for one in (await client.get(f"/v1/documents?{query}")).json()["data"]["documents"]]

    assert await found("") == [second, first]
    assert await found("sortOrder=asc") == [first, second]
    assert await found("status=completed") == [first]
    assert await found("status=queued&documentType=receipt") == [second]
    assert await found(f"search={first}") == [first]
    assert await found("search=voice&sortBy=confidence") == [first, second]


async def test_a_deleted_document_is_gone_for_good(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, CONTENT)
    path = f"/v1/documents/{accepted['documentId']}"
    busy = await client.delete(path)
    await edge.complete(accepted["jobId"])

    deleted = await client.delete(path)

    assert (busy.status_code, code_of(busy)) == (409, "DOCUMENT_BUSY")
    assert deleted.json()["data"]["deleted"] is True
    for gone in (
        await client.get(path),
        await client.get(f"{path}/file"),
        await client.get(f"{path}/pages/1"),
        await client.get(f"{path}/pages/1/image"),
        await client.get(f"{path}/export?format=json"),
        await client.delete(path),
    ):
        assert (gone.status_code, code_of(gone)) == (410, "DOCUMENT_DELETED")
        assert gone.json()["error"]["details"]["deletedAt"] == deleted.json()["data"]["deletedAt"]
    assert [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()] == []
    assert code_of(await client.get(f"/v1/jobs/{accepted['jobId']}/result")) == "RESULT_EXPIRED"
    job = (await client.get(f"/v1/jobs/{accepted['jobId']}")).json()["data"]
    assert (job["status"], job["result"], job["fields"]) == ("completed", None, None)
    assert code_of(await client.post(f"/v1/jobs/{accepted['jobId']}/retry")) == "DOCUMENT_DELETED"

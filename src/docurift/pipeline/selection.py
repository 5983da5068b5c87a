"""Which pages of a document are asked for."""


def selected_pages(ranges: tuple[tuple[int, int], ...] | None, page_count: int) -> list[int]:
    """The pages in `ranges` (inclusive, counted from 1; None means all) that the document has, each once, ascending."""
    if ranges is None:
        return list(range(1, page_count + 1))
    wanted: set[int] = set()
    for first, last in ranges:
        wanted.update(range(max(1, first), min(last, page_count) + 1))
    return sorted(wanted)

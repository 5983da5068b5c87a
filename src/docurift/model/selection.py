"""Which pages of a document are asked for."""


def selected_pages(ranges: tuple[tuple[int, int], ...] | None, page_count: int) -> list[int]:
    """The pages in `ranges` (inclusive, counted from 1; None means all) that the document has, each once, ascending."""
    if ranges is None:
        return list(range(1, page_count + 1))
    wanted: set[int] = set()
    for first, last in ranges:
        wanted.update(range(max(1, first), min(last, page_count) + 1))
    return sorted(wanted)


def missing_pages(ranges: tuple[tuple[int, int], ...] | None, page_count: int) -> str:
    """The parts of `ranges` that lie behind the last page, as they would be written in a request; empty if none do."""
    behind = [(max(first, page_count + 1), last) for first, last in ranges or () if last > page_count]
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in behind)

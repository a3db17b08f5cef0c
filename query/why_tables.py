"""A story's reasons for people: on a terminal in colour and in lines that fit, in a pipe plain and uncut."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from query.layout import Grid, show_grid, show_line
from query.safe import visible
from query.why import LinkWhy, StoryWhy, Weighed

_PASSAGES = 4  # shown of a link
_REPLACED = 8
_QUOTED_CHARS = 240


def show_why(found: StoryWhy) -> None:
    """Print why variants are together, link by link, and why one of them is canonical."""
    if found.links:
        show_line("\nwhy together")
    for link in found.links:
        pair = f"{link.variant_a} and {link.variant_b}"
        show_line(f"  {pair}  {link.relation} {link.score:.2f}", visible(_apart(link)))
        show_grid(_reasons(link), indent=4)
    show_line("\nwhy canonical")
    table = Grid(">", "", "", has_head=False)
    table.row(str(found.speaker), found.rule, "")
    for loser in found.losers:
        table.row(
            f"not {loser.variant_id}", loser.rule, f"{loser.source}: {loser.fact}" if loser.fact else loser.source
        )
    show_grid(table, indent=2)
    if found.more_losers:
        show_line("", f"  and {found.more_losers:,} further behind")


def _apart(link: LinkWhy) -> str:
    if link.outside is None:
        return ""
    where = link.outside
    return f'  held apart: {where.variant_id} is in story {where.story_id}, "{where.title}" ({where.source})'


def _reasons(link: LinkWhy) -> Grid:
    """Give one line for each reason: what speaks for it, then what speaks against it."""
    table = Grid("", "", has_head=False)
    for head, line in _for(link):
        table.row(head, line)
    for line in link.against:
        table.row(Text("against", style="yellow"), line)
    for each in link.replaced[:_REPLACED]:
        table.row("", f"{' '.join(each.one)}  against  {' '.join(each.other)}")
    return table


def _for(link: LinkWhy) -> Iterator[tuple[str, str]]:
    yield from (("for", line) for line in link.for_it)
    words = {"terms": link.terms, "names": link.names, "numbers": link.numbers}
    yield from ((head, ", ".join(found)) for head, found in words.items() if found)
    for quote in link.passages[:_PASSAGES]:
        yield f"{quote.tokens} tokens", f'{link.variant_a} "{_cut(quote.one)}"'
        if quote.other != quote.one:
            yield "", f'{link.variant_b} "{_cut(quote.other)}"'
    if len(link.passages) > _PASSAGES:
        yield "", f"and {len(link.passages) - _PASSAGES} shorter passages"
    if link.hours is not None:
        yield "time", f"{link.hours:.0f} h apart"
    if link.members is not None and link.members > 1 and link.mean is not None:
        yield "story", f"mean {link.mean:.2f} over {link.members} of its variants"
    if link.features:
        yield "features", _sum(link.features)


def _sum(features: Sequence[Weighed]) -> str:
    """Write what each feature gave, and what that comes to: "cosine 0.41 +4.55, bias -2.24 = +2.31"."""
    parts = [
        " ".join(
            [
                each.name.replace("_", " "),
                *([f"{each.value:.2f}"] if each.value is not None else []),
                *([f"{each.gave + 0.0:+.2f}"] if each.gave is not None else []),
            ]
        )
        for each in features
        if each.value or each.gave
    ]
    gave = [each.gave for each in features if each.gave is not None]
    return ", ".join(parts) + (f" = {sum(gave):+.2f}" if gave else "")


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTED_CHARS else f"{text[: _QUOTED_CHARS - 1].rstrip()}…"

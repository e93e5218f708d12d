"""What nbconvert's markup lacks for a page: sections to jump to, tables that scroll by themselves.

`markup` turns a notebook into HTML; this changes that HTML, and finds the sections in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import Tag

WIDE = "wide"  # the class of boxes that scroll sideways, so that the page need not


@dataclass(frozen=True)
class Section:
    """A heading of the second level: what a table of contents leads to."""

    anchor: str
    title: str


def polish(content: str) -> tuple[str, list[Section]]:
    """Return a notebook's HTML made whole for a page, and its sections in order.

    Each id is there once; links to a heading beside it are no stop of the keyboard; tables lie in
    boxes that scroll; cells of a table's head that name nothing are no headings.

    Args:
        content: the body of a page.

    Example:
        >>> text, sections = polish('<h2 id="a">First</h2><table><th></th></table>')
        >>> sections
        [Section(anchor='a', title='First')]
        >>> text
        '<h2 id="a">First</h2><div class="wide"><table><td></td></table></div>'
    """
    soup = BeautifulSoup(content, "html.parser")
    _number_equal_ids(soup)
    for link in soup.select("a.anchor-link"):
        link.attrs |= {"tabindex": "-1", "aria-hidden": "true"}
    for head in soup.select("th"):
        if not head.get_text(strip=True) and not head.find("img"):
            head.name = "td"
    for table in soup.select("table"):
        table.wrap(soup.new_tag("div", attrs={"class": WIDE}))
    return str(soup), [_section(heading) for heading in soup.select("h2[id]")]


def _number_equal_ids(soup: BeautifulSoup) -> None:
    """Give the second element of the same id, and its own link, another one."""
    seen: Counter[str] = Counter()
    for element in soup.select("[id]"):
        name = str(element["id"])
        seen[name] += 1
        if seen[name] > 1:
            element["id"] = f"{name}-{seen[name]}"
            if link := element.select_one("a.anchor-link"):
                link["href"] = f"#{element['id']}"


def _section(heading: Tag) -> Section:
    words = [text for text in heading.find_all(string=True) if not _in_link(text.parent)]
    return Section(str(heading["id"]), " ".join("".join(words).split()))


def _in_link(element: Tag | None) -> bool:
    return element is not None and "anchor-link" in element.get_attribute_list("class")

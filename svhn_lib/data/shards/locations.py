"""Where shards lie: brace patterns, paths and URLs. Nothing is opened here."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from braceexpand import braceexpand

from svhn_lib.data.shards.index import ShardError

MOST_SHARDS = 100_000
"""A pattern that names more is refused: it is a mistake, and would fill the memory."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(-?\d{1,12})\.\.(-?\d{1,12})(?:\.\.-?\d{1,12})?")


def expand_braces(pattern: str) -> list[str]:
    """Expand '{000..031}' and '{a,b}' as shells do, from left to right; the widths are kept.

    Braces are not put into braces.

    Raises:
        ShardError: braces with anything else in them, or more than `MOST_SHARDS` names.

    Example:
        >>> expand_braces("train-{08..10}.tar")
        ['train-08.tar', 'train-09.tar', 'train-10.tar']
    """
    if "{" in (rest := _BRACES.sub("", pattern)) or "}" in rest:
        raise ShardError(f"{_short(pattern)}: braces that are not closed, or within braces")
    count = 1
    for inside in _BRACES.findall(pattern):
        count *= _count(pattern, inside)
        if count > MOST_SHARDS:
            raise ShardError(
                f"{_short(pattern)}: more than the {MOST_SHARDS:,} shards that a pattern may name; "
                "check its ranges"
            )
    return list(braceexpand(pattern, escape=False))


def _count(pattern: str, inside: str) -> int:
    """Return how many texts braces stand for, at most: a step leaves some out."""
    if ends := _RANGE.fullmatch(inside):
        return abs(int(ends[2]) - int(ends[1])) + 1
    if "," in inside:
        return inside.count(",") + 1
    raise ShardError(
        f"{_short(pattern)}: {{{_short(inside)}}} is no range like {{000..031}}, nor a list {{a,b}}"
    )


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:197]}..."


def is_url(location: str) -> bool:
    """Return whether this is an address on the web, not a path."""
    return location.lower().startswith(("http://", "https://"))


def file_name(location: str) -> str:
    """Return the file name at the end of a path or URL.

    Example:
        >>> file_name("https://host/a/train-0%31.tar?key=b")
        'train-01.tar'
    """
    if is_url(location):
        return unquote(_split(location).path.rpartition("/")[2])
    return Path(location).name


def sibling(location: str, name: str) -> str:
    """Return the path or URL of the file `name` in the same folder; a URL keeps its query.

    Example:
        >>> sibling("https://host/a/b.tar?key=c", "i.json")
        'https://host/a/i.json?key=c'
    """
    if not is_url(location):
        return str(Path(location).with_name(name))
    parts = _split(location)
    return parts._replace(path=f"{parts.path.rpartition('/')[0]}/{name}").geturl()


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ShardError(f"{url}: no address on the web ({error})") from error

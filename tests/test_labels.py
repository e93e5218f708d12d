"""Number texts to tensors and back: exact encodings, refusals and the round trip."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib.labels import BLANK, END, IGNORED, MAX_DIGITS, START, decode, encode, encode_tokens

numbers = st.text(alphabet="0123456789", max_size=MAX_DIGITS)


def test_encode_keeps_leading_zeros_and_pads_with_blank() -> None:
    lengths, digits = encode(["257", None, "00", "98765"])
    assert lengths.dtype == digits.dtype == torch.int64
    assert lengths.tolist() == [3, 0, 2, 5]
    assert digits.tolist() == [
        [2, 5, 7, BLANK, BLANK],
        [BLANK] * 5,
        [0, 0, BLANK, BLANK, BLANK],
        [9, 8, 7, 6, 5],
    ]


def test_encode_honours_max_digits_and_no_texts() -> None:
    assert encode(["7"], max_digits=2)[1].tolist() == [[7, BLANK]]
    lengths, digits = encode([])
    assert (lengths.shape, lengths.dtype) == ((0,), torch.int64)
    assert digits.shape == (0, MAX_DIGITS)
    assert decode(lengths, digits) == []
    assert [part.tolist() for part in encode([""])] == [part.tolist() for part in encode([None])]


@pytest.mark.parametrize("bad", ["٣", "²", "1a", "-1", " 1", "1:", "123456", 12])
def test_encode_names_the_bad_text(bad: str) -> None:
    with pytest.raises(ValueError, match=repr(bad).replace("\\", "\\\\")):
        encode(["1", bad])


@given(st.lists(numbers))
def test_round_trip(texts: list[str]) -> None:
    lengths, digits = encode(texts)
    assert decode(lengths, digits) == texts
    assert decode(lengths.numpy(), digits.numpy().astype(np.uint8)) == texts


def test_decode_ignores_what_follows_the_end() -> None:
    assert decode([2, 0], [[0, 7, 3], [9, 9, 9]]) == ["07", ""]


@pytest.mark.parametrize(
    ("lengths", "digits", "message"),
    [
        ([4], [[1, 2, 3]], "0 to 3"),
        ([-1], [[1, 2, 3]], "0 to 3"),
        ([2], [[1, BLANK, 3]], "0 to 9"),
        ([1], [[-100, 2, 3]], "0 to 9"),
        ([1, 1], [[1, 2, 3]], "do not fit"),
    ],
)
def test_decode_refuses_what_is_no_number(
    lengths: list[int], digits: list[list[int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        decode(lengths, digits)


@pytest.mark.parametrize("digits", [[[2.7]], torch.tensor([[2.0]]), [["2"]], [[None]]])
def test_decode_takes_integers_only(digits) -> None:
    with pytest.raises(TypeError, match="lengths and digits are integers"):
        decode([1], digits)
    with pytest.raises(TypeError, match="lengths and digits are integers"):
        decode([0.5], [[2]])


def test_tokens_open_and_close_a_number_and_nothing_counts_after_it() -> None:
    given, answers = encode_tokens(*encode(["257", None, "98765"]))
    assert given.dtype == answers.dtype == torch.int64
    assert given.tolist() == [
        [START, 2, 5, 7, END, END],
        [START, *[END] * 5],
        [START, 9, 8, 7, 6, 5],
    ]
    assert answers.tolist() == [
        [2, 5, 7, END, IGNORED, IGNORED],
        [END, *[IGNORED] * 5],
        [9, 8, 7, 6, 5, END],
    ]

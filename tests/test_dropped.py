"""Which datagrams are missing: certain where it can be, else one of how many."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from engine.understand.dropped import Got, Group, Sent, fits, lost_groups


def sent(text: str) -> list[Sent]:
    """One datagram for each letter."""
    return [Sent(1, letter.encode()) for letter in text]


def got(text: str) -> list[Got]:
    return [Got(1, 1, 1024, letter.encode()) for letter in text]


def test_all_that_was_received_leaves_nothing() -> None:
    assert lost_groups(sent("abc"), got("abc")) == []


def test_what_is_unlike_the_others_is_known_to_be_missing() -> None:
    assert lost_groups(sent("abcd"), got("ad")) == [Group(1, 2, 2)]


def test_of_three_alike_nobody_knows_which_was_dropped() -> None:
    assert lost_groups(sent("aaa"), got("aa")) == [Group(0, 2, 1)]


def test_what_comes_between_settles_it() -> None:
    assert lost_groups(sent("aabaa"), got("aba")) == [Group(0, 1, 1), Group(3, 4, 1)]


def test_one_that_nobody_read_may_be_any_of_the_last() -> None:
    assert lost_groups(sent("abc"), [*got("a"), Got()]) == [Group(1, 2, 1)]


def test_a_receive_fits_what_it_cut_off_and_no_other() -> None:
    assert fits(Sent(8, b"#1 hello"), Got(1, 4, 4, b"#1 h"))
    assert not fits(Sent(8, b"#1 hello"), Got(1, 4, 1024, b"#1 h"))
    assert not fits(Sent(8, b"#1 hello"), Got(1, 4, 4, b"#2 h"))


@given(st.text("ab", max_size=7), st.data())
def test_the_groups_are_what_every_explanation_has_in_common(text: str, data: st.DataObject) -> None:
    kept = data.draw(st.sets(st.sampled_from(range(len(text)))) if text else st.just(set()))
    received = "".join(text[at] for at in sorted(kept))
    groups = lost_groups(sent(text), got(received))
    assert sum(group.lost for group in groups) == len(text) - len(received)
    explanations = [
        set(range(len(text))) - set(chosen)
        for chosen in combinations(range(len(text)), len(received))
        if "".join(text[at] for at in chosen) == received
    ]
    told = {at for group in groups for at in range(group.first, group.last + 1)}
    for missing in explanations:
        assert missing <= told
        for group in groups:
            assert len(missing & set(range(group.first, group.last + 1))) == group.lost

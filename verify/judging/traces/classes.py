"""Many traces, runs or files put into classes of equal ones, and where the classes part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Member = TypeVar("Member")
Answer = TypeVar("Answer")


@attrs.frozen(kw_only=True)
class Class(Generic[Member, Answer]):
    """Members that are equal.

    Args:
        members: all of them; the first stands for the class.
        parting: the comparison of the largest class with this one; None for the largest class itself.
    """

    members: tuple[Member, ...]
    parting: Answer | None


def classify(
    members: Sequence[Member], compare: Callable[[Member, Member], Answer], is_equal: Callable[[Answer], bool]
) -> tuple[Class[Member, Answer], ...]:
    """Return the classes, the largest first; each member is compared with one of every class until it is equal to one.

    Args:
        members: at least two.
        compare: compares two members.
        is_equal: tells from a comparison whether two members belong together.
    """
    classes: list[list[Member]] = []
    for member in members:
        for own in classes:
            if is_equal(compare(own[0], member)):
                own.append(member)
                break
        else:
            classes.append([member])
    classes.sort(key=len, reverse=True)
    largest = classes[0]
    return tuple(
        Class(members=tuple(own), parting=None if own is largest else compare(largest[0], own[0])) for own in classes
    )

"""User namespaces in which something of the system can be changed, and the rights that the program must not keep."""

from __future__ import annotations

OWN_SPACE = ("unshare", "--user", "--map-current-user", "--keep-caps")
_WITHOUT_RIGHTS = ("setpriv", "--ambient-caps=-all", "--")


def give_up_rights(space: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words before a command that take the rights of a namespace away; none where it gives none.

    A command that keeps them can write into directories that its user has closed, and is another program then.

    Args:
        space: the words that make the namespace.
    """
    return _WITHOUT_RIGHTS if space[: len(OWN_SPACE)] == OWN_SPACE else ()

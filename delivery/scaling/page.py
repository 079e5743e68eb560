"""The tables of docs/scaling.md, from what was measured and modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from delivery.pages import replace_part
from delivery.scaling.model import fit_network, list_networks
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.scaling.networks import Network

    Record = Mapping[str, Any]

_DIGEST = 19  # characters of a digest that are shown
_LARGE = 100  # numbers from here on have no decimals


def replace_tables(page: str, tables: Mapping[str, str]) -> str:
    """Return a page with other tables, each between the marks of its name.

    Raises:
        ValueError: the page lacks a mark.
    """
    for name, table in tables.items():
        page = replace_part(page, name, table)
    return page


def format_tables(record: Record) -> dict[str, str]:
    """Return every table of the page by its name."""
    makers: dict[str, Callable[[Record], Table]] = {
        "measured": _list_measured,
        "volume": _list_volumes,
        "checked": _list_checked,
        "networks": _list_networks,
        "strong": lambda found: _list_scalings(found, "strong"),
        "weak": lambda found: _list_scalings(found, "weak"),
        "bound": _list_bounds,
        "floats": _list_floats,
    }
    return {name: render_markdown(make(record)) for name, make in makers.items()}


def _list_measured(record: Record) -> Table:
    rows = []
    for library in record["measured"]["libraries"]:
        own = [row for row in record["predictions"] if row["library"] == library]
        for name in dict.fromkeys(row["config"] for row in own):
            times = [row["measured"] for row in own if row["config"] == name]
            cells = [f"{1e3 * time:.2f} ({times[0] / time:.2f})" for time in times]
            rows.append((name, library, *cells))
    heads = [f"{count} worker{'s' if count > 1 else ''}" for count in (1, 2, 3, 4)]
    return Table(columns=("configuration", "MPI", *heads), rows=rows)


def _list_volumes(record: Record) -> Table:
    rows = []
    for name, found in record["volumes"].items():
        sizes = {kind: sum(size for own, size in found["step"] if own == kind) for kind in ("max", "sum")}
        counted = [
            steps["2"][name]["messages"]
            for library in record["measured"]["libraries"].values()
            if name in (steps := library["steps"])["2"]
        ]
        equal = "-" if not counted else "equal" if all(_same(own, found["step"]) for own in counted) else "DIFFERENT"
        cells = (len(found["step"]), f"{sizes['max']:,}", f"{sizes['sum']:,}", f"{found['epoch']:,}", equal)
        rows.append((name, found["batch"], *cells))
    columns = ("configuration", "batch", "reductions", "maxima", "integer sums", "end of an epoch", "counted over MPI")
    return Table(columns=columns, rows=rows)


def _same(first: list[Any], second: list[Any]) -> bool:
    return sorted(map(tuple, first)) == sorted(map(tuple, second))


def _list_checked(record: Record) -> Table:
    rows = []
    for row in record["predictions"]:
        error = row["predicted"] / row["measured"] - 1
        cells = (f"{1e3 * row[key]:.2f}" for key in ("alone", "beside", "predicted", "measured"))
        rows.append((row["config"], row["library"], row["workers"], *cells, f"{100 * error:+.0f} %"))
    columns = ("configuration", "MPI", "workers", "share alone", "share beside", "predicted", "measured", "error")
    return Table(columns=columns, rows=rows)


def _list_networks(record: Record) -> Table:
    networks: dict[str, Network] = {}
    for library, found in record["measured"]["libraries"].items():
        own = fit_network(f"memory of one machine, {library}", found["reductions"])
        networks |= {network.name: network for network in list_networks(own)}
    rows = [
        (name, f"{1e6 * network.latency:.2f}", f"{1e-9 / network.per_byte:.2f}", network.source)
        for name, network in networks.items()
        if network.per_byte
    ]
    return Table(columns=("network", "latency, us", "GB/s", "source"), rows=rows)


def _list_scalings(record: Record, kind: str) -> Table:
    own = [row for row in record["scalings"] if row["kind"] == kind]
    counts = list(dict.fromkeys(row["workers"] for row in own))
    rows = []
    for name, network in dict.fromkeys((row["config"], row["network"]) for row in own):
        found = [row for row in own if (row["config"], row["network"]) == (name, network)]
        rows.append((name, network, *(_describe(row) for row in found)))
    return Table(columns=("configuration", "network", *(f"{count:,}" for count in counts)), rows=rows)


def _describe(row: Mapping[str, Any]) -> str:
    found = row["speed_up"]
    number = f"{found:,.0f}" if found >= _LARGE else f"{found:.2f}"
    return f"{number} ({100 * row['efficiency']:.0f} %)"


def _list_bounds(record: Record) -> Table:
    rows = [
        (name, found["precision"], found["bound_bits"]["2"], found["bound_bits"]["1024"])
        for name, found in record["volumes"].items()
    ]
    return Table(columns=("configuration", "precision", "bits, 2 workers", "bits, 1,024 workers"), rows=rows)


def _list_floats(record: Record) -> Table:
    rows = []
    for library, found in record["measured"]["libraries"].items():
        for workers, profiles in found["floats"].items():
            native, portable = profiles["native"], profiles["portable"]
            cells = (native["weights"][:_DIGEST], native["test_loss"], portable["weights"][:_DIGEST])
            rows.append((library, workers, *cells))
    columns = ("MPI", "workers", "plain NumPy, floats added", "its test loss", "portable arithmetic, integers added")
    return Table(columns=columns, rows=rows)

"""Why the last step of things was taken, for lists of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from openscrutiny.base.models import AuditEvent, Stateful


def reasons_of(things: Collection[Stateful]) -> Mapping[str, str]:
    """The reason of the last step of each thing by its reference, where there is one. One query."""
    steps = {
        f"{thing._meta.app_label}.{thing.MACHINE.name}.{event}"
        for thing in things
        for event in thing.MACHINE.events
    }
    rows = AuditEvent.objects.filter(
        reference__in=[thing.reference for thing in things], event__in=steps
    ).order_by("sequence")
    newest = dict(rows.values_list("reference", "details"))
    return {ref: str(said["reason"]) for ref, said in newest.items() if said.get("reason")}

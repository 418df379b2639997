"""Asks every list page, as three people, in one process: ``python -m benchmarks.asked_lists``.

Prints a line a page: role, address, median in seconds, the middle of what the processor took, and
the number of queries; tab between them.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from statistics import median

from openscrutiny.config.pages_commands import start_django

TIMES = 7
# A page that asks for no list: what the machine and the frame of every page take.
BASE = "/accessibility/"
FOR_ALL = """
    / /accessibility/ /publications/ /publications/log/ /findings/ /areas/ /strands/ /measures/
    /data/ /data/annotations/ /data/rebases/ /meetings/ /papers/ /programme/ /actions/ /archive/
    /terms/ /seats/ /representation/
"""
FOR_MEMBERS = """
    /your-work/ /decisions/ /enquiries/ /questions/ /recommendations/ /interests/
"""
FOR_OFFICERS = """
    /findings/triage/ /audit/ /notices/ /notices/people/ /notices/post/ /notices/digest/
"""
# Filters and sheets that are not those of the list's own address.
FURTHER = {
    "/questions/": ("?show=overdue", "?show=closed"),
    "/meetings/": ("?show=past&page=3",),
    "/actions/": ("?page=3",),
    "/archive/": ("?page=20",),
    "/your-work/": ("?page=3",),
}
ASKED_BY = {
    "public": FOR_ALL.split(),
    "member": [*FOR_ALL.split(), *FOR_MEMBERS.split()],
    "secretariat": [*FOR_ALL.split(), *FOR_MEMBERS.split(), *FOR_OFFICERS.split()],
    "signatory": ["/your-work/", "/questions/", "/recommendations/", "/actions/"],
    "administrator": ["/accounts/", "/account/", "/account/sign-ins/"],
}


def main() -> int:
    """Multiply the record of the place in use, then ask for every page and print what it took."""
    start_django()
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: PLC0415

    from benchmarks import hundredfold  # noqa: PLC0415
    from openscrutiny.base.mail.tick import tick  # noqa: PLC0415
    from openscrutiny.base.models import Message, User  # noqa: PLC0415

    setup_test_environment()
    now = datetime.now(UTC)
    if not Message.objects.exists():
        tick(now)
        hundredfold.multiply(now=now)
    for role, addresses in ASKED_BY.items():
        client = Client()
        if role != "public":
            user = User.objects.get(username=role)
            client.force_login(user)
            session = client.session
            session["second_factor"] = [user.pk, time.time()]
            session.save()
        for address in [a + q for a in addresses for q in ("", *FURTHER.get(a, ()))]:
            client.get(address)
            took = []
            for _ in range(TIMES):
                started, worked = time.perf_counter(), time.process_time()
                answer = client.get(address)
                took.append((time.perf_counter() - started, time.process_time() - worked))
                if answer.status_code != 200:
                    print(f"{role} is refused {address}: {answer.status_code}", file=sys.stderr)
                    return 1
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            waited, worked = (median(some) for some in zip(*took, strict=True))
            print(role, address, waited, worked, len(queries), sep="\t", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

from typing import Any

from django.db import migrations, models
from django.db.models import F, Min, OuterRef, Subquery


def written_with(apps: Any, _: Any) -> None:
    """Notes that were there when minutes were drafted are in them; the others came afterwards."""
    notes, versions = (apps.get_model("forum", name) for name in ("RoomNote", "MinutesVersion"))
    drafted = (
        versions.objects.filter(meeting=OuterRef("meeting")).order_by().values("meeting")
        .annotate(first=Min("at")).values("first")
    )  # fmt: skip
    known = notes.objects.annotate(drafted=Subquery(drafted)).filter(saved_at__lte=F("drafted"))
    notes.objects.filter(pk__in=known.values_list("pk", flat=True)).update(settled=F("revision"))


class Migration(migrations.Migration):
    dependencies = [("forum", "0007_tabled_papers")]

    operations = [
        migrations.AddField(
            model_name="roomnote",
            name="settled",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="roomnote",
            name="set_aside_because",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.RunPython(written_with, migrations.RunPython.noop),
    ]

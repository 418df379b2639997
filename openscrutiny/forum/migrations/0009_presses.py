"""A key for each arrival and departure, so that one that is sent again is taken once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forum", "0008_notes_after_the_draft")]

    operations = [
        migrations.AddField(
            model_name="presence",
            name="arrival_key",
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name="presence",
            name="departure_key",
            field=models.UUIDField(null=True, unique=True),
        ),
    ]

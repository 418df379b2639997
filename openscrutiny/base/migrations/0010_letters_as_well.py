from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0009_notices_too_late"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="one_alert_an_event"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("rule", "recipient", "reference", "clock_event", "channel"),
                name="one_alert_an_event",
            ),
        ),
    ]

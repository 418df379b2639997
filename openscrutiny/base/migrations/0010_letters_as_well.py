from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0009_notices_too_late"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Waiting to be sent"),
                    ("sending", "Being sent"),
                    ("sent", "Sent"),
                    ("failed", "Could not be sent"),
                    ("bounced", "Came back"),
                    ("late", "Not sent: too late to be of use"),
                    ("overtaken", "Overtaken, not sent"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="message", name="one_alert_an_event"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("rule", "recipient", "reference", "clock_event", "channel"),
                name="one_alert_an_event",
            ),
        ),
    ]

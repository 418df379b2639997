from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forum", "0003_agenda")]

    operations = [
        migrations.AddField(
            model_name="paper",
            name="published_at",
            field=models.DateTimeField(null=True),
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("base", "0003_roles_and_audit")]

    operations = [
        migrations.RemoveConstraint(
            model_name="user",
            name="user_role_is_known",
        ),
        migrations.RemoveField(
            model_name="user",
            name="role",
        ),
    ]

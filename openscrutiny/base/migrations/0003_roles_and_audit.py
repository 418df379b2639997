"""Roles move into a table of their own; the audit trail gets its head and its locks."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON base_auditevent
    BEGIN SELECT RAISE(ABORT, 'The audit trail is never changed.'); END""",
    """CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON base_auditevent
    BEGIN SELECT RAISE(ABORT, 'The audit trail is never changed.'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'The audit trail is never changed.'; END $$""",
    """CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON base_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuses()""",
    """CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON base_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()""",
]


def lock_the_trail(apps, schema_editor):
    apps.get_model("base", "AuditHead").objects.create(pk=1)
    postgres = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if postgres else SQLITE:
        schema_editor.execute(statement)


def move_roles(apps, schema_editor):
    """Each account keeps the role it had, held for the forum from the day it was made."""
    users = list(apps.get_model("base", "User").objects.all())
    if not users:
        return
    forum, _ = apps.get_model("base", "Organisation").objects.get_or_create(
        code="forum", defaults={"name": "The forum", "kind": "forum"}
    )
    apps.get_model("base", "RoleHeld").objects.bulk_create(
        apps.get_model("base", "RoleHeld")(
            user=user, organisation=forum, role=user.role, since=user.created_at.date()
        )
        for user in users
    )


class Migration(migrations.Migration):
    dependencies = [("base", "0002_thread")]

    operations = [
        migrations.RunPython(move_roles, migrations.RunPython.noop),
        migrations.RunPython(lock_the_trail, migrations.RunPython.noop),
    ]

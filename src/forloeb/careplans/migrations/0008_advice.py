"""What cards a practice's record system was given, and what became of them. They hold nothing of any patient."""

import django.db.models.deletion
from django.db import migrations, models

# A comment is a clinician's own words: only their practice reads them. The loader counts, for who runs the system.
LOCKS = "".join(
    f"""
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY of_practice ON {table} TO forloeb_app
        USING (organization_id = (SELECT forloeb_own_organization()));
    CREATE POLICY loaded ON {table} TO forloeb_loader USING (true);
    GRANT SELECT, INSERT ON {table} TO forloeb_app;
    GRANT SELECT ON {table} TO forloeb_loader;
    """
    for table in ("careplans_advice", "careplans_advicefeedback")
)


class Migration(migrations.Migration):
    dependencies = [("careplans", "0006_received_plans"), ("people", "0004_protection")]
    operations = [
        migrations.CreateModel(
            name="Advice",
            fields=[
                ("name", models.UUIDField(primary_key=True, serialize=False)),
                ("hook", models.CharField(max_length=40)),
                ("topic", models.CharField(help_text="the rule, or the kind of thing, it was about", max_length=80)),
                ("indicator", models.CharField(max_length=8)),
                ("given_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.organization"),
                ),
            ],
            options={
                "db_table": "careplans_advice",
                "indexes": [models.Index(fields=["organization", "topic"], name="advice_topic")],
            },
        ),
        migrations.CreateModel(
            name="AdviceFeedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("overridden", "Overridden")], max_length=10
                    ),
                ),
                ("suggestions", models.PositiveSmallIntegerField(default=0, help_text="how many were accepted")),
                (
                    "reason",
                    models.CharField(blank=True, help_text="the code of why it was not followed", max_length=120),
                ),
                ("comment", models.CharField(blank=True, max_length=500)),
                ("happened_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField()),
                (
                    "advice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feedback",
                        to="careplans.advice",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.organization"),
                ),
            ],
            options={
                "db_table": "careplans_advicefeedback",
                "indexes": [models.Index(fields=["advice", "-id"], name="advicefeedback_last")],
            },
        ),
        migrations.RunSQL(LOCKS, migrations.RunSQL.noop),
    ]

"""Who is signed in is seen only for the identity, or the provider's session, that is spoken of; it goes with its session."""

import django.db.models.deletion
from django.db import migrations, models

SIGN_INS = """
ALTER TABLE access_signin
    ADD CONSTRAINT signin_goes_with_its_session
    FOREIGN KEY (session_id) REFERENCES django_session ON DELETE CASCADE;
ALTER TABLE access_signin ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_signin FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON access_signin TO forloeb_app
    USING (issuer = (SELECT current_setting('forloeb.signing_in_issuer', true))
       AND (subject = (SELECT current_setting('forloeb.signing_in_subject', true))
            OR sid = (SELECT nullif(current_setting('forloeb.signing_in_sid', true), ''))));
GRANT SELECT, INSERT ON access_signin TO forloeb_app;

GRANT SELECT, INSERT, DELETE ON access_heardsignout TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0004_care_relation_locks"), ("sessions", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="HeardSignOut",
            fields=[
                ("mark", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("heard_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "access_heardsignout"},
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        serialize=False,
                        to="sessions.session",
                    ),
                ),
                ("issuer", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=200)),
                ("sid", models.CharField(max_length=255)),
                ("since", models.DateTimeField()),
                (
                    "login",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="access.login"),
                ),
            ],
            options={
                "db_table": "access_signin",
                "indexes": [
                    models.Index(fields=["issuer", "subject"], name="signin_subject"),
                    models.Index(fields=["issuer", "sid"], name="signin_sid"),
                ],
            },
        ),
        migrations.RunSQL(SIGN_INS, migrations.RunSQL.noop),
    ]

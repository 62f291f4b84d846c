"""A login is seen by the one who is signing in with it, and by nobody else; sessions belong to the application."""

from django.db import migrations

LOGINS = """
ALTER TABLE access_login ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_login FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON access_login TO forloeb_app
    USING (issuer = (SELECT current_setting('forloeb.signing_in_issuer', true))
       AND subject = (SELECT current_setting('forloeb.signing_in_subject', true)));
CREATE POLICY loaded ON access_login TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT ON access_login TO forloeb_app;
GRANT SELECT, INSERT, UPDATE ON access_login TO forloeb_loader;

GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_tables"), ("people", "0003_locks"), ("sessions", "0001_initial")]
    operations = [migrations.RunSQL(LOGINS, migrations.RunSQL.noop)]

"""What apps of others may be seen to hold: a person sees their own consents, and the one who holds a token only its own.

`forloeb_token_holder()` is how a token becomes somebody: asked with a digest that only the token gives, it answers with
whose eyes that token looks, and with nothing once the token, the consent, the app or the person's work has ended.
"""

from django.db import migrations

TABLES = """
ALTER TABLE access_consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_consent FORCE ROW LEVEL SECURITY;
CREATE POLICY loaded ON access_consent TO forloeb_loader USING (true) WITH CHECK (true);
CREATE POLICY decides ON access_consent FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY own ON access_consent FOR SELECT TO forloeb_app USING (login_id = (SELECT forloeb_told('login_id')));
CREATE POLICY spoken_of ON access_consent FOR SELECT TO forloeb_app
    USING (id = (SELECT forloeb_told('consent_id'))
           OR code_digest = (SELECT nullif(current_setting('forloeb.code_digest', true), '')));
CREATE POLICY given ON access_consent FOR INSERT TO forloeb_app
    WITH CHECK (login_id = (SELECT forloeb_told('login_id'))
                AND (patient_id = (SELECT forloeb_own_patient())
                     OR (organization_id = (SELECT forloeb_own_organization())
                         AND viewer = current_setting('forloeb.viewer', true))));
CREATE POLICY withdrawn ON access_consent FOR UPDATE TO forloeb_app
    USING (login_id = (SELECT forloeb_told('login_id')) OR id = (SELECT forloeb_told('consent_id')));
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON access_consent TO forloeb_app;
GRANT SELECT, INSERT, UPDATE ON access_consent TO forloeb_loader;

GRANT SELECT, INSERT, DELETE ON access_consenttoken, access_heardassertion TO forloeb_app;
GRANT SELECT, DELETE ON access_consenttoken TO forloeb_loader;
GRANT SELECT ON access_appregistration, oauth2_provider_application TO forloeb_app;
GRANT SELECT, INSERT, UPDATE ON access_appregistration, oauth2_provider_application TO forloeb_loader;

-- Codes and tokens of apps, as digests: of no use to who reads them.
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth2_provider_grant, oauth2_provider_accesstoken, oauth2_provider_refreshtoken
    TO forloeb_app;
GRANT SELECT, UPDATE, DELETE ON oauth2_provider_grant, oauth2_provider_accesstoken, oauth2_provider_refreshtoken
    TO forloeb_loader;
"""

LOGINS = """
CREATE POLICY decides ON access_login FOR SELECT TO CURRENT_USER USING (true);
-- Whose code or refresh token an app has handed in, while it is made into a new token.
CREATE POLICY handed_in ON access_login FOR SELECT TO forloeb_app USING (id = (SELECT forloeb_told('handed_in_login_id')));
"""

HOLDER = """
CREATE FUNCTION forloeb_consent_holder(consent bigint) RETURNS TABLE (
    consent_id bigint, application_id bigint, client_id text, app_kind text, scope text, viewer text, login_id bigint,
    name text, organization_id bigint, practitioner_id bigint, role text, patient_id bigint, organization_name text,
    is_authorized boolean, patient_public_id uuid
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id, a.id, a.client_id, g.kind, c.scopes, c.viewer, c.login_id,
           coalesce(d.name, p.given_name || ' ' || p.family_name, a.name), c.organization_id, l.practitioner_id, w.role,
           c.patient_id, coalesce(o.name, ''), coalesce(w.is_authorized, false), p.public_id
    FROM access_consent c
    JOIN access_login l ON l.id = c.login_id
    JOIN oauth2_provider_application a ON a.id = c.application_id
    JOIN access_appregistration g ON g.application_id = a.id
    LEFT JOIN people_patient p ON p.id = c.patient_id AND p.deceased_on IS NULL
    LEFT JOIN people_organization o
        ON o.id = c.organization_id AND (o.closed_on IS NULL OR o.closed_on > forloeb_today())
    LEFT JOIN people_practitioner d ON d.id = l.practitioner_id
    LEFT JOIN LATERAL (
        SELECT r.role, d.authorization_id IS NOT NULL OR r.national_role = 'nspSundAssistR2' AS is_authorized
        FROM people_practitionerrole r
        WHERE r.practitioner_id = d.id AND r.organization_id = c.organization_id
          AND r.valid_from <= forloeb_today() AND (r.valid_until IS NULL OR r.valid_until > forloeb_today())
        ORDER BY r.valid_from LIMIT 1) w ON true
    WHERE c.id = consent AND c.withdrawn_at IS NULL AND c.ends_at > now() AND g.removed_at IS NULL
      AND CASE WHEN c.viewer = 'patient' THEN p.id IS NOT NULL
               ELSE o.id IS NOT NULL AND (g.kind = 'system' OR w.role IS NOT NULL) END
$$;

CREATE FUNCTION forloeb_token_holder(digest text) RETURNS TABLE (
    consent_id bigint, client_id text, app_kind text, scope text, viewer text, login_id bigint, name text,
    organization_id bigint, practitioner_id bigint, role text, patient_id bigint, organization_name text,
    is_authorized boolean, patient_public_id uuid
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT h.consent_id, h.client_id, h.app_kind, t.scope, h.viewer, h.login_id, h.name, h.organization_id,
           h.practitioner_id, h.role, h.patient_id, h.organization_name, h.is_authorized, h.patient_public_id
    FROM oauth2_provider_accesstoken t
    JOIN access_consenttoken k ON k.token_id = t.id
    JOIN LATERAL forloeb_consent_holder(k.consent_id) h ON h.application_id = t.application_id
    WHERE t.token_checksum = digest AND t.expires > now()
$$;

-- A system has one consent, made when it was registered; nobody but the token endpoint asks, after the system's proof.
CREATE FUNCTION forloeb_system_consent(application bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id FROM access_consent c JOIN access_login l ON l.id = c.login_id
    WHERE c.application_id = application AND l.kind = 'system' AND c.withdrawn_at IS NULL AND c.ends_at > now()
$$;
REVOKE ALL ON FUNCTION forloeb_consent_holder, forloeb_token_holder, forloeb_system_consent FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forloeb_consent_holder TO forloeb_loader;
GRANT EXECUTE ON FUNCTION forloeb_token_holder, forloeb_system_consent TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0008_apps")]
    operations = [migrations.RunSQL(TABLES + LOGINS + HOLDER, migrations.RunSQL.noop)]

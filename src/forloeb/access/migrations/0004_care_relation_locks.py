"""Who is let in by a proxy, a referral or a stated reason, decided by PostgreSQL from the tables themselves.

`forloeb_opened()` is the second lock's answer for everybody who is neither the patient nor the practice that has them
today: it trusts no list that the application hands over. The functions run as the owner of the tables, who alone may
read across them (the policies named `decides`); each answers about the viewer of the transaction and nobody else.
"""

from django.db import migrations

from forloeb.people.row_security import OUR_OR_OWN_PATIENT, open_to_others

WHO = """
CREATE FUNCTION forloeb_told(name text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('forloeb.' || name, true), '')::bigint $$;

CREATE FUNCTION forloeb_is_staff() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('forloeb.viewer', true) IN ('practice', 'professional'), false) $$;
"""


def _decides(table: str) -> str:
    return f"CREATE POLICY decides ON {table} FOR SELECT TO CURRENT_USER USING (true);\n"


def _lock(table: str) -> str:
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY loaded ON {table} TO forloeb_loader USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON {table} TO forloeb_loader;
{_decides(table)}"""


OURS_TODAY = OUR_OR_OWN_PATIENT.format(patient="{table}.patient_id")
OWN = "patient_id = (SELECT forloeb_own_patient())"

DECIDING = """
-- Whether the patient has said no to an organization. Practices that have the patient today never ask.
CREATE FUNCTION forloeb_is_blocked(patient bigint, organization bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM access_block b WHERE b.patient_id = patient AND b.lifted_at IS NULL
                   AND (b.organization_id IS NULL OR b.organization_id = organization))
$$;
REVOKE ALL ON FUNCTION forloeb_is_blocked FROM PUBLIC;

-- Whether the staff who ask have an authorization, or the national role that stands in for it, and work there today.
CREATE FUNCTION forloeb_is_authorized() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT forloeb_is_staff() AND EXISTS (
        SELECT FROM people_practitioner p JOIN people_practitionerrole r ON r.practitioner_id = p.id
        WHERE p.id = forloeb_told('practitioner_id') AND r.organization_id = forloeb_told('organization_id')
          AND r.valid_from <= forloeb_today() AND (r.valid_until IS NULL OR r.valid_until > forloeb_today())
          AND (p.authorization_id IS NOT NULL OR r.national_role = 'nspSundAssistR2'))
$$;

-- A patient who has died looks at nothing.
CREATE OR REPLACE FUNCTION forloeb_own_patient() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id FROM people_patient p WHERE p.id = forloeb_told('patient_id') AND p.deceased_on IS NULL
$$;

CREATE FUNCTION forloeb_opened() RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('forloeb.viewer', true) = 'proxy' THEN
        RETURN ARRAY(
            SELECT x.patient_id FROM access_proxy x JOIN people_patient p ON p.id = x.patient_id
            WHERE x.patient_id = forloeb_told('proxied_patient_id') AND x.holder_id = forloeb_told('login_id')
              AND x.withdrawn_at IS NULL AND x.valid_from <= forloeb_today() AND x.valid_until > forloeb_today()
              AND p.deceased_on IS NULL);
    ELSIF forloeb_is_staff() AND forloeb_is_authorized() THEN
        RETURN ARRAY(
            SELECT r.patient_id FROM access_referral r
            WHERE r.organization_id = forloeb_told('organization_id') AND r.ended_at IS NULL
              AND NOT forloeb_is_blocked(r.patient_id, r.organization_id)
            UNION
            SELECT l.patient_id FROM access_lookup l
            WHERE l.login_id = forloeb_told('login_id') AND l.organization_id = forloeb_told('organization_id')
              AND l.expires_at > now()
              AND (l.reason = 'emergency' OR NOT forloeb_is_blocked(l.patient_id, l.organization_id)));
    END IF;
    RETURN '{}';
END $$;

-- Whether the patient has said no to the viewer's organization.
CREATE FUNCTION forloeb_has_said_no(patient bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT forloeb_is_blocked(patient, forloeb_told('organization_id')) $$;

-- Whether a patient whom the viewer has a referral or a stated reason for has said no to them since. Tells nobody else.
CREATE FUNCTION forloeb_is_stopped(person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT forloeb_is_staff() AND EXISTS (
        SELECT FROM people_patient p
        WHERE p.public_id = person AND forloeb_is_blocked(p.id, forloeb_told('organization_id'))
          AND (EXISTS (SELECT FROM access_referral r WHERE r.patient_id = p.id AND r.ended_at IS NULL
                       AND r.organization_id = forloeb_told('organization_id'))
               OR EXISTS (SELECT FROM access_lookup l WHERE l.patient_id = p.id AND l.expires_at > now()
                          AND l.login_id = forloeb_told('login_id')
                          AND l.organization_id = forloeb_told('organization_id'))))
$$;

-- The one question staff may ask about somebody who is not theirs: asked with a reason, and written down by the asker.
CREATE FUNCTION forloeb_find_person(number text)
RETURNS TABLE (id bigint, public_id uuid, deceased_on date, is_blocked boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.public_id, p.deceased_on, forloeb_is_blocked(p.id, forloeb_told('organization_id'))
    FROM people_patient p
    WHERE forloeb_is_authorized() AND (p.cpr_number = number OR p.replacement_id = number)
$$;

-- A reason may be stated for the living; where the patient has said no, only an emergency.
CREATE FUNCTION forloeb_may_state(patient bigint, stated text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT forloeb_is_authorized()
       AND (stated = 'emergency' OR NOT forloeb_is_blocked(patient, forloeb_told('organization_id')))
       AND EXISTS (SELECT FROM people_patient p WHERE p.id = patient AND p.deceased_on IS NULL)
$$;
"""

PROXIES = f"""
{_lock("access_proxy")}
CREATE POLICY seen ON access_proxy FOR SELECT TO forloeb_app USING ({OURS_TODAY.format(table="access_proxy")});
CREATE POLICY held ON access_proxy FOR SELECT TO forloeb_app USING (holder_id = (SELECT forloeb_told('login_id')));
CREATE POLICY given ON access_proxy FOR INSERT TO forloeb_app WITH CHECK ({OWN});
CREATE POLICY withdrawn ON access_proxy FOR UPDATE TO forloeb_app USING ({OWN});
-- Not the digest of the code: only the loader compares it.
GRANT SELECT (id, patient_id, holder_name, holder_id, code_expires_at, valid_from, valid_until, given_at, accepted_at,
              withdrawn_at), INSERT, UPDATE (withdrawn_at) ON access_proxy TO forloeb_app;
"""

REFERRALS = f"""
{_lock("access_referral")}
CREATE POLICY seen ON access_referral FOR SELECT TO forloeb_app USING ({OURS_TODAY.format(table="access_referral")});
CREATE POLICY received ON access_referral FOR SELECT TO forloeb_app
    USING (organization_id = (SELECT forloeb_told('organization_id')) AND (SELECT forloeb_is_authorized()));
CREATE POLICY sent ON access_referral FOR INSERT TO forloeb_app
    WITH CHECK (from_organization_id = (SELECT forloeb_own_organization())
                AND {OURS_TODAY.format(table="access_referral")});
CREATE POLICY ended ON access_referral FOR UPDATE TO forloeb_app
    USING ((organization_id = (SELECT forloeb_told('organization_id')) AND (SELECT forloeb_is_authorized()))
           OR from_organization_id = (SELECT forloeb_own_organization()) OR {OWN});
GRANT SELECT, INSERT, UPDATE (seen_at, ended_at, ended_how, ended_by_name) ON access_referral TO forloeb_app;
"""

LOOKUPS = f"""
{_lock("access_lookup")}
CREATE POLICY seen ON access_lookup FOR SELECT TO forloeb_app
    USING ({OWN} OR login_id = (SELECT forloeb_told('login_id')));
CREATE POLICY stated ON access_lookup FOR INSERT TO forloeb_app
    WITH CHECK (login_id = (SELECT forloeb_told('login_id'))
                AND organization_id = (SELECT forloeb_told('organization_id'))
                AND expires_at <= now() + interval '12 hours'
                AND forloeb_may_state(patient_id, reason));
GRANT SELECT, INSERT ON access_lookup TO forloeb_app;
"""

BLOCKS = f"""
{_lock("access_block")}
CREATE POLICY seen ON access_block FOR SELECT TO forloeb_app USING ({OURS_TODAY.format(table="access_block")});
CREATE POLICY said ON access_block FOR INSERT TO forloeb_app WITH CHECK ({OWN});
CREATE POLICY lifted ON access_block FOR UPDATE TO forloeb_app USING ({OWN});
GRANT SELECT, INSERT, UPDATE (lifted_at) ON access_block TO forloeb_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0003_care_relations")]
    operations = [
        migrations.RunSQL(
            WHO
            + DECIDING
            + PROXIES
            + REFERRALS
            + LOOKUPS
            + BLOCKS
            + _decides("people_patient")
            + open_to_others("people_patient", patient="id")
            + open_to_others("people_practicemembership")
            + open_to_others("access_referral"),
            migrations.RunSQL.noop,
        )
    ]

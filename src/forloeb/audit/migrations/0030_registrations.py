"""How far each chain has been registered in the national log, what was set aside, and how that log answers.

The loader sends. It sees of the log the look-ups after a place, and nothing else; ids, never names or numbers.
"""

from django.db import migrations

REGISTRATIONS = """
CREATE TABLE audit.registered (
    chain smallint PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    sent bigint NOT NULL DEFAULT 0
);
INSERT INTO audit.registered (chain) SELECT number FROM audit.chain;

CREATE TABLE audit.set_aside (
    chain smallint NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,
    set_aside_at timestamptz NOT NULL,
    is_due boolean NOT NULL DEFAULT false,
    registered_at timestamptz,
    PRIMARY KEY (chain, position)
);
CREATE INDEX set_aside_due ON audit.set_aside (chain, position) WHERE is_due;

CREATE TABLE audit.registering (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    failures int NOT NULL DEFAULT 0,
    fault text NOT NULL DEFAULT '',
    not_before timestamptz,
    answered_at timestamptz
);
INSERT INTO audit.registering DEFAULT VALUES;

CREATE FUNCTION audit.look_ups_after(of_chain smallint, after bigint, until bigint, most int) RETURNS TABLE (
    chain smallint, "position" bigint, happened_at timestamptz, event text, viewer text, login_id bigint,
    organization_id bigint, role text, practitioner_id bigint, patient_id bigint, rule text, reason text, data text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = audit, pg_catalog, pg_temp AS $$
    SELECT e.chain, e.position, e.happened_at, e.event, e.viewer, e.login_id, e.organization_id, e.role,
           e.practitioner_id, e.patient_id, e.rule, e.reason, e.data
    FROM entry e
    WHERE e.chain = of_chain AND e.position > after AND e.position <= until
      AND e.action = 'read' AND e.viewer <> 'patient' AND e.patient_id IS NOT NULL
    ORDER BY e.position
    LIMIT most
$$;

CREATE FUNCTION audit.unregistered() RETURNS TABLE (chain smallint, after bigint, until bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = audit, pg_catalog, pg_temp AS $$
    SELECT c.number, r.position, c.length FROM chain c JOIN registered r ON r.chain = c.number
    WHERE c.length > r.position ORDER BY c.number
$$;

REVOKE ALL ON FUNCTION audit.look_ups_after, audit.unregistered FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.look_ups_after, audit.unregistered TO forloeb_loader;
GRANT SELECT, UPDATE ON audit.registered, audit.registering TO forloeb_loader;
GRANT SELECT, INSERT, UPDATE ON audit.set_aside TO forloeb_loader;
"""
GONE = """
DROP FUNCTION audit.look_ups_after, audit.unregistered;
DROP TABLE audit.registered, audit.set_aside, audit.registering;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_own_entries")]
    operations = [migrations.RunSQL(REGISTRATIONS, GONE)]

"""The commands that need the database or the whole of the content, each in a few lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from zoneinfo import ZoneInfo

from forloeb.adapters import postgres
from forloeb.config.serving import data_folder, database, set_up_django
from forloeb.guidelines.checking import check_reviews
from forloeb.guidelines.formulas import check_examples
from forloeb.guidelines.home import load_home
from forloeb.guidelines.library import Library
from forloeb.guidelines.questionnaires import load_questionnaires
from forloeb.guidelines.referrals import load_referrals
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures

Command = Callable[[argparse.Namespace], int]


def today() -> date:
    """Give the calendar day in Copenhagen."""
    return datetime.now(ZoneInfo("Europe/Copenhagen")).date()


def refuse(lines: Iterable[str]) -> int:
    """Say what is wrong, a line each, and give the exit code of bad input."""
    for line in lines:
        print(line, file=sys.stderr)  # noqa: T201
    return 2


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)  # noqa: T201


def with_database(command: Command) -> Command:
    """Run a command with a database whose tables are up to date; with `--demo`, the demo's."""

    @wraps(command)
    def run(options: argparse.Namespace) -> int:
        is_demo = getattr(options, "demo", False)
        if is_demo and not data_folder(demo=True).exists():
            return refuse(["there is no demo here; make one with: forloeb serve --demo"])
        try:
            with database(demo=is_demo):
                set_up_django()
                from django.core.management import call_command
                from django.db import connections

                call_command("migrate", database="owner", verbosity=0)
                try:
                    return command(options)
                finally:
                    connections.close_all()
        except (postgres.CannotStart, postgres.CannotPrepare) as refusal:
            return refuse([str(refusal)])

    return run


@with_database
def migrate(options: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    say("The tables are up to date.")
    return 0


@with_database
def identify(options: argparse.Namespace) -> int:
    """List who needs a plan in a practice."""
    from forloeb.jobs.identifying import NoSuchPractice, run

    try:
        return run(
            options.practice,
            as_of=options.as_of or today(),
            with_names=options.with_names,
            form=options.format,
            out=sys.stdout,
        )
    except NoSuchPractice as refusal:
        return refuse([str(refusal)])


@with_database
def import_data(options: argparse.Namespace) -> int:
    """Take FHIR data in."""
    from django.utils import timezone

    from forloeb.jobs import results
    from forloeb.jobs.importing import CannotImport, run

    if options.paths[0] == Path("medcom"):
        return results.import_files(options.paths[1:], at=timezone.now(), tell=say)
    try:
        done = run(options.paths, rejects=options.rejects, at=timezone.now(), tell=say, source=options.source)
    except CannotImport as refusal:
        return refuse([str(refusal)])
    came = results.take_in_waiting(at=timezone.now())
    if came.counts:
        say(f"laboratory results that waited for their patient: {came.words()}")
    return done


@with_database
def import_cpd(options: argparse.Namespace) -> int:
    """Take CPD-DK documents in."""
    from django.utils import timezone

    from forloeb.jobs.importing_cpd import CannotImport, run

    try:
        return run(options.paths[1:], report=options.report, at=timezone.now(), tell=say)
    except CannotImport as refusal:
        return refuse([str(refusal)])


@with_database
def export_cpd(options: argparse.Namespace) -> int:
    """Write a patient's plans as CPD-DK documents."""
    from forloeb.jobs.exporting_cpd import CannotExport, run

    try:
        written = run(
            options.patient,
            options.output,
            as_of=today(),
            recommends=options.recommended,
            repeats_direct_entries=options.repeat_direct_entries,
        )
    except CannotExport as refusal:
        return refuse([str(refusal)])
    say(f"{written} documents in {options.output}")
    return 0


@with_database
def work(options: argparse.Namespace) -> int:
    """Send what waits in the outbox."""
    from forloeb.jobs.outbox import has_work, run_worker

    if not has_work():
        return refuse(
            [
                "nothing can leave: no mail is set up (FORLOEB_SMTP_URL, FORLOEB_MAIL_FROM, FORLOEB_SITE_URL),"
                " no record system and no municipality is connected (forloeb connect, forloeb connect-municipality),"
                " no app is to be told (forloeb apps), and no national service is named"
                " (docs/how-to/connect-nationally.md)"
            ]
        )
    run_worker(until_empty=options.until_empty)
    return 0


@with_database
def outbox(_options: argparse.Namespace) -> int:
    """List what could not be sent."""
    from forloeb.careplans.referral_work import messages_given_up
    from forloeb.jobs.outbox import failed
    from forloeb.records.arrivals import still_waiting
    from forloeb.records.card_work import values_given_up

    given_up = failed()
    for number, what, tries in given_up:
        say(f"{number}: {what}, given up after {tries} tries")
    say(f"{len(given_up)} given up")
    for practice, count in values_given_up():
        say(f"{practice}: {count} values are not in the laboratory card; the start page says which")
    for practice, count in messages_given_up():
        say(f"{practice}: {count} messages about referrals were not received; the start page says which")
    for number, practice, arrived_at in still_waiting():
        say(f"laboratory report {number}, since {arrived_at:%Y-%m-%d}: the patient is not known ({practice or '-'})")
    return 0


@with_database
def logins(options: argparse.Namespace) -> int:
    """Give staff and patients their way in."""
    from forloeb.jobs.logins import CannotRead, run

    try:
        given = run(options.file)
    except CannotRead as refusal:
        return refuse(refusal.faults)
    say(f"{given.staff} staff and {given.patients} patients have a way in")
    return 0


@with_database
def connect(options: argparse.Namespace) -> int:
    """Connect a practice's record system."""
    from django.conf import settings
    from django.urls import reverse
    from django.utils import timezone

    from forloeb.jobs.connecting import CannotConnect, run, subscribe
    from forloeb.people.record_systems import token_of

    try:
        system = run(options.file, at=timezone.now())
    except CannotConnect as refusal:
        return refuse(refusal.faults)
    say(f"{system.name} is connected for {system.organization.name}")
    if options.token:
        say(f"Authorization: Bearer {token_of(system)}")
    if system.fhir_base_url and settings.SITE_URL:
        told = subscribe(system, settings.SITE_URL + reverse("lps-results"))
        say("It tells us of new laboratory results." if told else "It cannot tell us of results; they are fetched.")
    return 0


@with_database
def advice(options: argparse.Namespace) -> int:
    """Count the advice that record systems were given."""
    from forloeb.jobs.advising import write_counts

    write_counts(sys.stdout, since=options.since, form=options.format)
    return 0


def generate(options: argparse.Namespace) -> int:
    """Make synthetic people: as files, or straight into the database through the import."""
    from forloeb.jobs.generating import CannotGenerate, Recipe, run

    if options.national:
        return _generate_nation(options)
    recipe = Recipe(options.practices, options.patients, options.seed, options.as_of or today())
    try:
        if options.database:
            return with_database(lambda _: _generate_into_database(recipe))(options)
        lines = run(recipe, options.out, measures=measures(), gzip=options.gzip)
    except CannotGenerate as refusal:
        return refuse([str(refusal)])
    if str(options.out) != "-":
        say(f"{lines} resources in {options.out}")
    return 0


@with_database
def _generate_nation(options: argparse.Namespace) -> int:
    from forloeb.jobs.generating import CannotGenerate
    from forloeb.jobs.nation import run

    try:
        plans = run(options.seed, tell=say)
    except CannotGenerate as refusal:
        return refuse([str(refusal)])
    say(f"{plans} saved plans")
    return 0


def _generate_into_database(recipe: object) -> int:
    import tempfile

    from django.utils import timezone

    from forloeb.jobs.generating import Recipe, run
    from forloeb.jobs.importing import run as take_in

    assert isinstance(recipe, Recipe)
    with tempfile.TemporaryDirectory() as folder:
        run(recipe, Path(folder), measures=measures())
        return take_in([Path(folder)], rejects=Path(folder) / "rejects.ndjson", at=timezone.now(), tell=say)


def guidelines(options: argparse.Namespace) -> int:
    """Check the content, write the handbook, or record a sign-off."""
    library = Library.load(content_folder(), measures())
    match options.what:
        case "check":
            return _check(library, options.as_of or today())
        case "handbook":
            return _handbook(library)
        case "export":
            return _export_versions(options)
        case "right":
            return _give_right(options)
    return _sign_off(library, options)


def _export_versions(options: argparse.Namespace) -> int:
    if options.output is None or (bool(options.version) and not options.guideline):
        return refuse(["export needs --output, and --guideline where a --version is named"])
    return export_versions(options)


@with_database
def export_versions(options: argparse.Namespace) -> int:
    """Write published versions as files: the newest of each guideline, or the one that was named."""
    from forloeb.jobs.guideline_versions import NoSuchVersion, export

    try:
        done = export(options.output, options.guideline, options.version)
    except NoSuchVersion as refusal:
        return refuse([str(refusal)])
    for line in done:
        say(line)
    return 0


def _give_right(options: argparse.Namespace) -> int:
    if not options.authorization or not options.right:
        return refuse(["right needs --authorization and --right"])
    if options.until and options.until < (options.since or today()):
        return refuse(["--until is before --since"])
    return give_right(options)


@with_database
def give_right(options: argparse.Namespace) -> int:
    """Let a practitioner write or check guidelines."""
    from forloeb.editions.actions import NoSuchPractitioner
    from forloeb.editions.actions import give_right as give
    from forloeb.editions.models import Right

    try:
        name = give(options.authorization, Right(options.right), since=options.since or today(), until=options.until)
    except NoSuchPractitioner:
        return refuse([f"nobody here has the authorization {options.authorization}"])
    say(f"{name} may {'write' if options.right == 'author' else 'check and publish'} guidelines.")
    return 0


def _check(library: Library, as_of: date) -> int:
    from forloeb.guidelines.cases import run_cases

    load_home(content_folder(), measures())
    load_referrals(content_folder(), measures(), library)
    questionnaires = load_questionnaires(content_folder())
    faults = [*check_examples(), *run_cases(library), *check_reviews(library, as_of)]
    for fault in faults:
        say(fault)
    cases = sum(len(guideline.cases) for guideline in library.guidelines)
    if not faults:
        say(f"{len(library.guidelines)} guidelines and {cases} cases are sound.")
    for guideline in library.guidelines:
        if not any(s.version == guideline.file.version for s in guideline.file.sign_off):
            say(f"{guideline.name} {guideline.file.version}: awaiting clinical sign-off")
    for name, questionnaire in questionnaires.items():
        if questionnaire.approved_on is None:
            say(f"questions for {name} {questionnaire.version}: awaiting clinical sign-off")
    return 1 if faults else 0


def _handbook(library: Library) -> int:
    from forloeb.guidelines.handbook import make_handbook, to_markdown

    folder = content_folder().parent / "docs" / "reference" / "handbook"
    folder.mkdir(parents=True, exist_ok=True)
    for guideline in library.guidelines:
        signed = any(s.version == guideline.file.version for s in guideline.file.sign_off)
        page = to_markdown(
            make_handbook(library, guideline, "da", as_of=guideline.file.valid_from), "da", is_signed_off=signed
        )
        (folder / f"{guideline.name}.md").write_text(page, encoding="utf-8")
    say(f"{len(library.guidelines)} pages in {folder}")
    return 0


def _sign_off(library: Library, options: argparse.Namespace) -> int:
    wanted = ("guideline", "version", "name", "role")
    missing = [name for name in wanted if not getattr(options, name)]
    if missing:
        return refuse([f"sign-off needs --{name}" for name in missing])
    versions = {g.name: g.file.version for g in library.guidelines}
    if versions.get(options.guideline) != options.version:
        held = ", ".join(f"{name} {version}" for name, version in versions.items())
        return refuse([f"there is no {options.guideline} {options.version} here; there is {held}"])

    @with_database
    def record(_: argparse.Namespace) -> int:
        from forloeb.careplans.models import SignOff

        SignOff.objects.using("owner").get_or_create(
            guideline=options.guideline,
            guideline_version=options.version,
            name=options.name,
            defaults={"role": options.role, "signed_on": today()},
        )
        say(f"{options.guideline} {options.version} is signed off by {options.name}, {options.role}.")
        return 0

    return record(options)

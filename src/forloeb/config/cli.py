"""The command `forloeb`: reads what was asked for and hands it to the room that does it.

Bad input ends with exit code 2 and one clear line per fault, and nothing half-done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from forloeb.config.app_commands import add_apps
from forloeb.config.arguments import Commands, a_day, a_public_id, of_the_demo
from forloeb.config.cli_audit import add_audit
from forloeb.config.cli_national import add_national
from forloeb.config.cli_statistics import add_statistics
from forloeb.config.municipality_commands import add_connect_municipality
from forloeb.kernel.content import ContentError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Gives its exit code: 0 done, 1 done with faults found, 2 not done."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ContentError as unsound:
        for fault in unsound.faults:
            print(fault, file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    """Give the whole command line."""
    whole = argparse.ArgumentParser(
        prog="forloeb",
        description="Forløbsplaner: the plan that a GP and a patient with a chronic disease make together.",
        epilog="Every command has --help. docs/reference/command-line.md has them all with examples.",
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    for add in (
        _serve,
        _migrate,
        _work,
        _outbox,
        _generate,
        _import,
        _export,
        _logins,
        add_apps,
        _connect,
        add_connect_municipality,
        _advice,
        _evaluate,
        _formula,
        _identify,
        add_statistics,
        _guidelines,
        add_audit,
        add_national,
    ):
        add(commands)
    return whole


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a count; write a whole number from 1")
    return int(text)


def _evaluate(commands: Commands) -> None:
    command = commands.add_parser(
        "evaluate",
        help="evaluate one patient's FHIR Bundle",
        description="Reads a FHIR R4 Bundle of one patient and gives the evaluated plan: targets, values, what is due"
        " and why. Needs no database. The JSON is laid down in docs/reference/evaluated-plan.schema.json.",
    )
    command.add_argument("file", type=Path, help="the Bundle as JSON; - reads it from standard input")
    command.add_argument("--as-of", type=a_day, required=True, metavar="YYYY-MM-DD", help="the day to ask about")
    command.add_argument("--format", choices=["json", "text"], default="json")
    command.add_argument("--language", choices=["da", "en"], default="da", help="of the text format")

    def run(options: argparse.Namespace) -> int:
        from forloeb.jobs import evaluate

        return evaluate.run(options.file, options.as_of, options.format, sys.stdout, language=options.language)

    command.set_defaults(run=run)


def _formula(commands: Commands) -> None:
    command = commands.add_parser(
        "formula",
        help="calculate one formula: forloeb formula ckd_epi_2009 creatinine=75 age=55 sex=female",
        description="Prints one formula's answer with its unit, or unknown with the reason. Without a name: all.",
    )
    command.add_argument("name", nargs="?", default="")
    command.add_argument("inputs", nargs="*", metavar="key=value")

    def run(options: argparse.Namespace) -> int:
        from forloeb.jobs import formula

        return formula.run(options.name, options.inputs, sys.stdout)

    command.set_defaults(run=run)


def _guidelines(commands: Commands) -> None:
    command = commands.add_parser(
        "guidelines",
        help="check the clinical content, write its handbook, export versions, or say who may change it",
        description="check: read the content and run its cases. handbook: write it as Markdown. sign-off: keep who has"
        " signed a version. export: write published versions as the content's own files. right: let a practitioner"
        " write (author) or check and publish (checker) guidelines.",
    )
    command.add_argument("what", choices=["check", "handbook", "sign-off", "export", "right"])
    command.add_argument("--as-of", type=a_day, metavar="YYYY-MM-DD", help="the day that reviews must hold on")
    command.add_argument("--guideline", help="sign-off, export: which guideline")
    command.add_argument("--version", help="sign-off, export: which version of it")
    command.add_argument("--name", help="sign-off: the clinician who has checked it")
    command.add_argument("--output", type=Path, metavar="DIR", help="export: where the files go")
    command.add_argument("--authorization", metavar="ID", help="right: whose, by their authorization")
    command.add_argument("--right", choices=["author", "checker"], help="right: which")
    command.add_argument("--since", type=a_day, metavar="YYYY-MM-DD", help="right: from when (today)")
    command.add_argument("--until", type=a_day, metavar="YYYY-MM-DD", help="right: until when, that day not with it")
    command.add_argument("--demo", action="store_true", help="export, right: in the demo's database")
    command.add_argument("--role", help="sign-off: their role, such as 'praktiserende læge'")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.guidelines(options)

    command.set_defaults(run=run)


def _generate(commands: Commands) -> None:
    command = commands.add_parser(
        "generate",
        help="make synthetic people",
        description="Makes a realistic synthetic population: FHIR NDJSON in a folder, or straight into the database."
        " The same seed gives the same people. Their CPR numbers can belong to nobody.",
    )
    command.add_argument("--practices", type=_count, default=1, metavar="N")
    command.add_argument("--patients", type=_count, default=1600, metavar="N", help="in all")
    command.add_argument("--seed", type=int, default=1, metavar="S")
    command.add_argument("--as-of", type=a_day, metavar="YYYY-MM-DD", help="the day the population is as of (today)")
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="DIR", help="write NDJSON files here")
    where.add_argument("--database", action="store_true", help="put them straight into the database")
    where.add_argument(
        "--national",
        action="store_true",
        help="put a year of plans in every practice of the country into the database: what the statistics count",
    )
    of_the_demo(command)
    command.add_argument("--gzip", action="store_true", help="compress the files")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.generate(options)

    command.set_defaults(run=run)


def _import(commands: Commands) -> None:
    command = commands.add_parser(
        "import",
        help="take in FHIR data, MedCom's laboratory reports, or forløbsplaner as CPD-DK documents",
        description="Takes in FHIR R4 Bundles (.json) and NDJSON (.ndjson), also gzipped. What cannot be used is listed"
        " with line number and reason in a rejects file; the rest goes in. Running it again changes nothing."
        " 'forloeb import medcom PATH' takes in laboratory reports instead: XRPT01 and RPT01."
        " 'forloeb import cpd PATH…' takes in forløbsplaner as CPD-DK documents (.xml) instead, and writes a report of"
        " what was met in each; one about somebody not known here waits and is tried again the next time.",
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders of files")
    command.add_argument(
        "--report", type=Path, default=Path("cpd-report.ndjson"), help="cpd: where to write the report"
    )
    command.add_argument("--source", default=None, help="the name of the system that the data come from")
    command.add_argument("--rejects", type=Path, default=Path("rejects.ndjson"), help="where to list what was refused")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        # A folder of that name is given as ./cpd.
        is_cpd = str(options.paths[0]) == "cpd" and len(options.paths) > 1
        return work.import_cpd(options) if is_cpd else work.import_data(options)

    command.set_defaults(run=run)


def _export(commands: Commands) -> None:
    command = commands.add_parser("export", help="write plans as documents for other systems")
    parts = command.add_subparsers(metavar="WHAT", required=True)
    cpd = parts.add_parser(
        "cpd",
        help="write a patient's plans as CPD-DK documents",
        description="Writes every saved version of a patient's plans as a CPD-DK 2.0.0 document, readable by its owner"
        " only. The same version gives the same document, whenever it is exported.",
    )
    cpd.add_argument("--patient", type=a_public_id, required=True, metavar="PUBLIC_ID")
    cpd.add_argument("--output", type=Path, required=True, metavar="DIR", help="a folder; it is made if need be")
    cpd.add_argument("--recommended", action="store_true", help="write the recommended goals too, marked as such")
    cpd.add_argument(
        "--repeat-direct-entries",
        action="store_true",
        help="repeat the first diagnosis and goal directly in their sections, for a receiver that asks for it",
    )

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.export_cpd(options)

    cpd.set_defaults(run=run)


def _logins(commands: Commands) -> None:
    command = commands.add_parser(
        "logins",
        help="give staff and patients their way in",
        description="Reads a CSV file of staff (issuer,subject,name,role,organization,authorization_id,national_role,"
        "since,until) or of patients (issuer,subject,cpr_number) and ties each identity at the OpenID provider to its"
        " person. All of the file goes in, or none of it. Running it again changes nothing.",
    )
    command.add_argument("file", type=Path, metavar="FILE.csv")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.logins(options)

    command.set_defaults(run=run)


def _connect(commands: Commands) -> None:
    command = commands.add_parser(
        "connect",
        help="connect a practice's record system (LPS)",
        description="Reads a TOML file that says where a practice's record system is, how values reach its laboratory"
        " card, and how it opens plans. Running it again brings what we know up to date.",
    )
    command.add_argument("file", type=Path, metavar="FILE.toml")
    command.add_argument("--token", action="store_true", help="print the token that it posts laboratory results with")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.connect(options)

    command.set_defaults(run=run)


def _advice(commands: Commands) -> None:
    command = commands.add_parser(
        "advice",
        help="count the advice that record systems were given, and what became of it",
        description="Counts the cards of CDS Hooks by hook and topic: how many were given, followed and not followed,"
        " and the reasons. No patient, practice or comment is among them.",
    )
    command.add_argument("--since", type=a_day, metavar="YYYY-MM-DD", help="from this day; otherwise all")
    command.add_argument("--format", choices=("text", "json"), default="text")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.advice(options)

    command.set_defaults(run=run)


def _identify(commands: Commands) -> None:
    command = commands.add_parser(
        "identify",
        help="list who needs a plan in a practice",
        description="Lists who needs a plan and why, as the practice's start page does. Names and CPR numbers are left"
        " out; --with-names prints them.",
    )
    command.add_argument("--practice", required=True, metavar="YDERNUMMER")
    command.add_argument("--as-of", type=a_day, metavar="YYYY-MM-DD")
    command.add_argument("--with-names", action="store_true")
    command.add_argument("--format", choices=["text", "json"], default="text")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.identify(options)

    command.set_defaults(run=run)


def _serve(commands: Commands) -> None:
    command = commands.add_parser("serve", help="serve the pages", description="Serves the pages, database and all.")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=8000)
    command.add_argument("--demo", action="store_true", help="with a database of synthetic people and a persona picker")
    command.add_argument("--workers", type=_count, default=2)
    command.add_argument("--fresh", action="store_true", help="demo: begin again with a new database")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import serving

        return serving.serve(options)

    command.set_defaults(run=run)


def _work(commands: Commands) -> None:
    command = commands.add_parser(
        "work",
        help="send what waits in the outbox",
        description="Sends what waits in the outbox, and goes on waiting for more until it is interrupted. "
        "`forloeb serve` does it too where mail is set up.",
    )
    command.add_argument("--until-empty", action="store_true", help="stop when nothing is due")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.work(options)

    command.set_defaults(run=run)


def _outbox(commands: Commands) -> None:
    command = commands.add_parser("outbox", help="list what could not be sent and was given up")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.outbox(options)

    command.set_defaults(run=run)


def _migrate(commands: Commands) -> None:
    command = commands.add_parser("migrate", help="bring the database's tables up to date")

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import commands as work

        return work.migrate(options)

    command.set_defaults(run=run)

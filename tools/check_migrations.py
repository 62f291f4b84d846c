"""Say whether the models and the migrations agree, in one chain, without a database. 1 when they do not."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forloeb.config.settings")
os.environ["FORLOEB_DATABASE_POOL"] = "0"

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.utils import translation

django.setup()
translation.deactivate_all()  # a model's names are compared as they are written
loader = MigrationLoader(None)
questioner = NonInteractiveMigrationQuestioner(specified_apps=set(loader.migrated_apps), dry_run=True)
detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), questioner)
changes = detector.changes(graph=loader.graph, trim_to_apps=loader.migrated_apps or None)
for room, migrations in changes.items():
    for migration in migrations:
        for operation in migration.operations:
            print(f"{room}: no migration does this: {operation.describe()}", file=sys.stderr)
branches = loader.detect_conflicts()
for room, leaves in branches.items():
    print(
        f"{room}: several migrations come last, put one after the other: {', '.join(sorted(leaves))}", file=sys.stderr
    )
sys.exit(1 if changes or branches else 0)

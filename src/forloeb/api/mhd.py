"""IHE MHD at `/fhir`: DocumentReference to search and read, the documents as Binary, and `$generate`.

What a look-up such as Sundhedsjournalen's asks for. Who asks is told by `api.callers`; a refusal is an
OperationOutcome that names the parameter. Documents are made on demand: no table has them as rows to search.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, cast
from uuid import UUID

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from forloeb.access import policies
from forloeb.access.queries import find_by_number, note
from forloeb.api.plans import signed_in
from forloeb.api.shared_documents import ASKED, NotASearch, Search, documents_of, find_document, read_search
from forloeb.careplans.documents import find_patient_of_plan
from forloeb.fhir.document_reference import CONTENT_TYPE, SharedDocument, document_reference
from forloeb.people.viewers import Viewer, ViewerKind, looking

CAPABILITIES: tuple[dict[str, Any], ...] = (
    {
        "type": "DocumentReference",
        "profile": "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": [
            *({"name": name, "type": "reference"} for name in ("patient", "subject")),
            *({"name": name, "type": "date" if name == "date" else "token"} for name in sorted(ASKED)),
            {"name": "patient.identifier", "type": "token", "documentation": "By POST only."},
        ],
        "operation": [
            {
                "name": "generate",
                "definition": "http://hl7.org/fhir/OperationDefinition/DocumentReference-generate",
                "documentation": "By GET, of CarePlan/[id] or Binary/[id].",
            }
        ],
    },
    {
        "type": "Binary",
        "interaction": [{"code": "read"}],
        "versioning": "no-version",
        "documentation": "A plan's CPD-DK document itself, as text/xml.",
    },
)
"""What is served here, in the words of the CapabilityStatement."""

P = ParamSpec("P")
JsonObject = dict[str, Any]
_MAY_ASK = frozenset({ViewerKind.PRACTICE, ViewerKind.PATIENT, ViewerKind.PROXY})
_REFUSALS = (policies.NoCareRelation, policies.NotForThisViewer, policies.ProxyIsOver)
IssueCode = Literal["login", "forbidden", "not-found", "invalid"]

Answering = Callable[Concatenate[HttpRequest, Viewer, datetime, P], HttpResponse]


def _for_reader(view: Answering[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make an address for those who may read plans; what it may not tell is a refusal, the same for all reasons."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        viewer = signed_in(request, "DocumentReference")
        if viewer is None:
            return _outcome("login", "Sign in first.", status=401)
        if viewer.kind not in _MAY_ASK:
            return _outcome("forbidden", "Documents are given to the patient and their practice.", status=403)
        try:
            with looking(viewer):
                return view(request, viewer, timezone.now(), *args, **kwargs)
        except _REFUSALS:
            _note_refusal(viewer)
            return _outcome("forbidden", "You may not see this patient's documents.", status=403)
        except NotASearch as refusal:
            return _outcome("invalid", str(refusal), status=400)

    answer.for_whom = "patient+practice+proxy"  # type: ignore[attr-defined]
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", answer)


def _note_refusal(viewer: Viewer) -> None:
    """Write a refusal down in a transaction of its own: the question's was undone."""
    with looking(viewer):
        note(viewer, event="shared-documents", action="refused")


@csrf_exempt  # a search changes nothing; programs post it so that what is asked stands in no address
@require_http_methods(["GET", "POST"])
@_for_reader
def search(request: HttpRequest, viewer: Viewer, at: datetime) -> HttpResponse:
    """Search a patient's documents (ITI-67)."""
    asked = request.GET if request.method == "GET" else _posted(request)
    if request.method == "GET" and "patient.identifier" in asked:
        raise NotASearch("patient.identifier: post the search to _search, so that the number stands in no address")
    wanted = read_search({name: asked.getlist(name) for name in asked})
    found = _found(wanted, viewer, timezone.localdate(at))
    entries = [
        {
            "fullUrl": f"{_base(request)}/DocumentReference/{document.id}",
            "resource": document_reference(document, base=_base(request)),
            "search": {"mode": "match"},
        }
        for document in found[: wanted.most]
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        **({"entry": entries} if entries else {}),
    }
    return _fhir(bundle)


def _posted(request: HttpRequest) -> QueryDict:
    """Give what was posted, with what stands in the address; a body that says no type is read as a form's."""
    both = request.GET.copy()
    is_form = (request.content_type or "").startswith(("multipart/", "application/x-www-form-urlencoded"))
    both.update(request.POST if is_form else QueryDict(request.body))
    return both


def _found(wanted: Search, viewer: Viewer, as_of: date) -> tuple[SharedDocument, ...]:
    """Find what is asked for. A number that is nobody's, or of somebody who may not be seen, finds nothing."""
    whose = wanted.patient
    if wanted.patient_number is not None and viewer.kind is ViewerKind.PRACTICE:
        known = find_by_number(wanted.patient_number, seen_by=viewer, as_of=as_of)
        if known is None or whose not in (None, known.public_id):
            return ()
        whose = known.public_id
    return wanted.choose(documents_of(whose, seen_by=viewer, as_of=as_of))


@require_GET
@_for_reader
def read_reference(request: HttpRequest, viewer: Viewer, at: datetime, mark: str) -> HttpResponse:
    """Read one entry."""
    document = find_document(mark, seen_by=viewer, as_of=timezone.localdate(at))
    return _not_found() if document is None else _fhir(document_reference(document, base=_base(request)))


@require_GET
@_for_reader
def read_binary(_request: HttpRequest, viewer: Viewer, at: datetime, mark: str) -> HttpResponse:
    """Give a document itself (ITI-68)."""
    document = find_document(mark, seen_by=viewer, as_of=timezone.localdate(at))
    if document is None:
        return _not_found()
    return HttpResponse(
        document.body, content_type=f"{CONTENT_TYPE}; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


@require_GET
@_for_reader
def generate(request: HttpRequest, viewer: Viewer, at: datetime) -> HttpResponse:
    """Give the entry of the document that an address names: `?url=CarePlan/<id>` (its newest) or `?url=Binary/<id>`."""
    kind, _, name = request.GET.get("url", "").removeprefix(f"{_base(request)}/").partition("/")
    if request.GET.get("persist", "false") != "false":
        raise NotASearch("persist: every document has its entry already; leave it out")
    if kind not in ("CarePlan", "Binary") or not name:
        raise NotASearch("url: name one of our documents, as CarePlan/<id> or Binary/<id>")
    as_of = timezone.localdate(at)
    document = find_document(name, seen_by=viewer, as_of=as_of) if kind == "Binary" else _newest(name, viewer, as_of)
    return _not_found() if document is None else _fhir(document_reference(document, base=_base(request)))


def _newest(name: str, viewer: Viewer, as_of: date) -> SharedDocument | None:
    try:
        whose = find_patient_of_plan(UUID(name))
    except ValueError:
        return None
    if whose is None:
        return None
    documents = documents_of(whose, seen_by=viewer, as_of=as_of)
    return next((one for one in documents if one.id.startswith(f"{UUID(name)}.")), None)


def _base(request: HttpRequest) -> str:
    site = settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
    return f"{site}/fhir"


def _fhir(resource: JsonObject, *, status: int = 200) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(resource),
        status=status,
        content_type="application/fhir+json; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _not_found() -> HttpResponse:
    return _outcome("not-found", "There is no such document, or none that you may see.", status=404)


def _outcome(code: IssueCode, text: str, *, status: int) -> HttpResponse:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status=status)

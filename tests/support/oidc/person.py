"""Someone with a browser of their own, without the browser: it follows addresses, keeps cookies and fills in forms."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from requests import Response, Session

from tests.support.oidc.provider import Provider


class Person:
    """Signs in at the provider step by step, so that a test can do something else at any of them."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.browser = Session()

    def sign_in(self, name: str) -> Response:
        """Sign in all the way; gives the site's answer."""
        return self.come_back(self.at_provider(name, self.question()))

    def question(self) -> str:
        """Give the address at the provider that the site sends them to."""
        return self._open(f"{self.provider.site}/sign-in/provider/").headers["Location"]

    def at_provider(self, name: str, question: str) -> str:
        """Sign in there and consent; gives the address at the site that the provider sends them back to."""
        answer = self._follow(self._open(question))
        while not self._is_ours(answer.headers.get("Location", "")):
            form = re.search(r'action="([^"]+)"[\s\S]*?name="prompt" value="(\w+)"', answer.text)
            assert form, answer.text
            action, prompt = form.groups()
            posted = {"prompt": prompt, "login": name, "password": "anything"}
            answer = self._follow(self.browser.post(urljoin(answer.url, action), posted, allow_redirects=False))
        return answer.headers["Location"]

    def come_back(self, address: str) -> Response:
        """Open the address the provider gave."""
        return self._open(address)

    def is_signed_in(self) -> bool:
        """Whether the site lets them in to a page of a patient's."""
        return self._open(f"{self.provider.site}/my-plan/").status_code == 200

    def sign_out_at_provider(self) -> None:
        """Sign out there, without telling the site."""
        asked = self._open(f"{self.provider.issuer}/session/end")
        xsrf = re.search(r'name="xsrf" value="(\w+)"', asked.text)
        assert xsrf, asked.text
        confirm = f"{self.provider.issuer}/session/end/confirm"
        self.browser.post(confirm, {"xsrf": xsrf[1], "logout": "yes"}, allow_redirects=False)

    def choose_workplace(self, choice: Response, organization_id: int) -> Response:
        """Choose one of several places to work, on the page that asks."""
        return self._post("/sign-in/choose/", choice, organization=organization_id)

    def sign_out_here(self) -> Response:
        """Sign out at the site."""
        return self._post("/sign-out/", self._open(f"{self.provider.site}/my-plan/"))

    def _post(self, address: str, page: Response, **values: object) -> Response:
        """Post one of a page's forms."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, page.text
        posted = {"csrfmiddlewaretoken": token[1], **values}
        return self.browser.post(f"{self.provider.site}{address}", posted, allow_redirects=False)

    def _open(self, address: str) -> Response:
        return self.browser.get(address, allow_redirects=False)

    def _follow(self, answer: Response) -> Response:
        """Follow the provider's own redirects, up to where it sends them back."""
        while (where := urljoin(answer.url, answer.headers.get("Location", ""))) != answer.url:
            if self._is_ours(where):
                break
            answer = self._open(where)
        return answer

    def _is_ours(self, address: str) -> bool:
        return address.startswith(self.provider.site)


def changed(address: str, **values: str) -> str:
    """Give an address with some of its values changed."""
    parts = urlsplit(address)
    return parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **values})).geturl()

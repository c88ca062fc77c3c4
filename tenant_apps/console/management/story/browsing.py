import re
import time
from html.parser import HTMLParser
from typing import Any, Self

import httpx

LOOPBACK = "127.0.0.1"


class Form:
    """A form of a page: where it goes and what its fields hold."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif self.forms and tag in ("input", "textarea") and given.get("name"):
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self.forms and tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.forms[-1].fields):
            self.forms[-1].fields[self._select] = given.get("value", "")


class Browser:
    """A person's browser on one host: 127.0.0.1 with a Host header, cookies, forms. No name is resolved."""

    def __init__(self, *, host: str, port: int) -> None:
        self.host = f"{host}:{port}"
        self.client = httpx.Client(base_url=f"http://{LOOPBACK}:{port}", headers={"Host": self.host}, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Fetch a page and follow redirects within this host. Raises httpx.HTTPStatusError for an error page."""
        answer = self.client.get(path, **options)
        while answer.is_redirect and self._is_ours(answer.headers["location"]):
            answer = self.client.get(self.path_of(answer.headers["location"]))
        if not answer.is_redirect:
            answer.raise_for_status()
        return answer

    def submit(self, page: httpx.Response, *, to: str = "", **filled: str) -> httpx.Response:
        """Fill the page's form (the one whose action contains `to`) and post it; redirects are not followed."""
        form = form_of(page, to)
        target = self.path_of(form.action) if form.action else page.url.raw_path.decode()
        return self.client.post(target, data=form.fields | filled, headers={"Referer": f"http://{self.host}{target}"})

    def sign_in(self, email: str, password: str) -> None:
        """Sign in with e-mail and password. Raises AssertionError when the door stays shut."""
        answer = self.submit(self.get("/accounts/login/"), to="login", login=email, password=password)
        if not answer.is_redirect:
            raise AssertionError(f"{email} could not sign in at {self.host}: {answer.status_code}")

    def _is_ours(self, location: str) -> bool:
        return location.startswith(("/", f"http://{self.host}/"))

    def path_of(self, location: str) -> str:
        """Return a redirect's path and query, whichever host it names."""
        return re.sub(r"^https?://[^/]+", "", location) or "/"


def form_of(page: httpx.Response, to: str = "") -> Form:
    """Return the form of a page whose action contains `to`. Raises LookupError."""
    parser = _Forms()
    parser.feed(page.text)
    found = [form for form in parser.forms if to in form.action or (not form.action and to in str(page.url))]
    if not found:
        raise LookupError(f"{page.url} has no form to {to!r}; it has {[form.action for form in parser.forms]}")
    return found[0]


def until(question: Any, *, what: str, seconds: float = 30) -> Any:
    """Ask until the answer is truthy and return it. Raises TimeoutError that says what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)

"""What a first page would have to load, loaded: the fork server imports this, and its workers are born warm.

A first page costs most of a second more than those after it, which would count as that page's own time.
dateparser's languages are left out: they take seconds, and only pages that give no date of their own ask for them.
"""

from datetime import UTC, datetime

from ingest.clean.pages import Cleaning
from ingest.document import RawDocument
from ingest.serve import attempt

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PAGE = """<html><head><title>Ferry back in service | The Echo</title></head><body><nav>Home</nav><article>
<h1>Ferry back in service</h1><p>By A. Writer, updated on the third of November, 7 o'clock</p>
<p>The ferry went back to sea on Monday after eleven weeks in the yard, and all its passengers had breakfast.</p>
<p>Die Fähre fuhr wieder. Le bac est reparti, et le port a été rouvert. Паром снова вышел в море.</p>
</article><footer>published 3rd Nov 25</footer></body></html>"""

for _language in ("", "de"):  # twice: what is guessed is loaded only where nobody says
    _raw = RawDocument(
        source=None,
        folder="warm",
        url="warm.html",
        fetched_at=_NOW,
        body=_PAGE.replace("<html>", f'<html lang="{_language}">' if _language else "<html>").encode(),
        media_type="text/html",
    )
    attempt(Cleaning(_raw, _NOW))

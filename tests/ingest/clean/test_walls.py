"""Pages that ask for something instead of giving the article."""

import pytest

from ingest.clean import clean
from ingest.clean.walls import wall_of, words_in
from ingest.outcome import Outcome, Refused
from tests.ingest.clean.documents import NOW, TEXT, page_document, text_document

_WALLS = {
    "We value your privacy. We and our partners use cookies to store information.": "the page is a cookie notice",
    "Wir verwenden Cookies. Bitte stimmen Sie zu, um fortzufahren.": "the page is a cookie notice",
    "Checking your browser before accessing coast.example. Ray ID: 7": "the page checks for robots",
    "Please verify you are a human. Press & hold": "the page checks for robots",
    "JavaScript is disabled in your browser. Please enable JavaScript to proceed.": "the page asks for JavaScript",
    "Start your free trial. Cancel anytime.": "the page asks for a subscription",
    "Subscribe to continue reading. Already a subscriber? Sign in": "the page asks for a subscription",
    "Dieser Artikel ist nur für Abonnenten. Jetzt testen": "the page asks for a subscription",
    "Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous": "the page asks for a subscription",
    "Please log in to continue. Forgot your password?": "the page asks for a login",
    "Sorry, the page you are looking for could not be found.": "the page was not found",
    "Página no encontrada": "the page was not found",
    "страница не найдена": "the page was not found",
    "页面不存在": "the page was not found",
    "الصفحة غير موجودة": "the page was not found",
}
_NEWS = (
    """Court says sites must let readers refuse cookies
    A button to accept all cookies without one to reject them breaks the law, a court ruled on Monday.""",
    """The Gazette puts up a paywall
    Readers will have to subscribe to read more than five articles a month, the paper said.
    Its editor told staff that the free trial had brought 4,000 subscribers.""",
    """Hackers take down town's site
    Visitors of the site saw an error 404 page for hours, the mayor said.""",
    """Man found in Port Vela
    A man missing since the storm was found on Friday, police said.""",
)


@pytest.mark.parametrize("text", _WALLS)
def test_a_wall_is_refused_and_named(text: str) -> None:
    """A text that only asks for something is no article, and the refusal says what it asks for."""
    with pytest.raises(Refused) as refused:
        clean(text_document(text), now=NOW)

    assert (refused.value.outcome, refused.value.detail) == (Outcome.WALL, _WALLS[text])


@pytest.mark.parametrize("text", _NEWS)
def test_news_about_walls_is_news(text: str) -> None:
    """An article about cookies, paywalls or missing pages is kept, however short."""
    assert wall_of(text) is None


def test_a_long_text_is_no_wall() -> None:
    """An article that ends in a request to subscribe is still an article."""
    assert wall_of(TEXT * 5 + "\nSubscribe to continue reading. Start your free trial.") is None


def test_a_wall_around_no_article_is_seen_on_the_page() -> None:
    """A page without an article is a wall where what it shows is one."""
    markup = "<html><body><button>Accept all cookies</button><span>We use cookies on this site.</span></body></html>"

    with pytest.raises(Refused) as refused:
        clean(page_document(markup), now=NOW)

    assert refused.value.outcome is Outcome.WALL


def test_an_empty_shell_asks_for_javascript() -> None:
    """A page of scripts with nothing to read needs a browser."""
    markup = "<html><head><script src='/app.js'></script></head><body><div id='app'></div></body></html>"

    with pytest.raises(Refused) as refused:
        clean(page_document(markup), now=NOW)

    assert (refused.value.outcome, refused.value.detail) == (Outcome.WALL, "the page asks for JavaScript")


def test_words_are_counted_in_any_script() -> None:
    """Two characters of a script without spaces count as a word."""
    assert (words_in("Ships are back"), words_in("港口恢复通航"), words_in("ท่าเรือเปิด"), words_in("")) == (3, 3, 5, 0)

"""Pages that ask for something instead of giving the article."""

import pytest

from ingest.clean import clean
from ingest.clean.walls import is_not_found, request_after, wall_of
from ingest.outcome import Outcome, Refused
from ingest.scripts import words_in
from tests.ingest.clean.documents import NOW, TEXT, page_document, text_document

# Kind, then how it is said in one language after the other.
_SAID = {
    "the page is a cookie notice": """
        Accept and continue. Reject and subscribe
        Lesen Sie uns mit Werbung und Tracking. Oder werbefrei weiterlesen mit dem Pur-Abo
        Accepter et lire gratuitement. S'abonner et lire sans publicité
        Suscríbete o acepta las cookies. Rechazar y pagar
        Accetta e leggi. Rifiuta e abbonati
        We value your privacy. We and our partners use cookies to store information.
        Before you continue to the site. Accept all cookies or manage your privacy settings.
        Wir verwenden Cookies. Bitte stimmen Sie zu, um fortzufahren.
        Nous utilisons des cookies. Tout accepter ou continuer sans accepter
        Utilizamos cookies propias. Aceptar y continuar
        Utilizziamo i cookie per offrirti un servizio migliore. Accetta tutti
        Nós usamos cookies e precisamos do seu consentimento. Aceitar tudo
        Wij gebruiken cookies. Alles accepteren
        Мы используем файлы cookie. Вы соглашаетесь с этим
        Sitemizde çerez kullanıyoruz. Tümünü kabul et
        Używamy plików cookies. Przejdź do serwisu
        يستخدم هذا الموقع ملفات تعريف الارتباط
        我们使用cookies来改善您的体验
        当サイトではクッキーを使用しています。同意してください
        이 사이트는 쿠키를 사용합니다
        यह साइट कुकीज़ का उपयोग करती है
        Vi använder cookies. Du godkänner det
        Käytämme evästeitä""",
    "the page checks for robots": """
        Checking your browser before accessing coast.example. Ray ID: 7
        Please verify you are a human. Press & hold
        Bitte bestätigen Sie: Sind Sie ein Mensch?
        Êtes-vous un robot ?
        No soy un robot
        Non sono un robot
        Não sou um robô
        Ik ben geen robot
        Я не робот
        Ben robot değilim
        Nie jestem robotem
        أنا لست روبوت
        人机验证
        ロボットではありません
        나는 로봇이 아닙니다
        मैं रोबोट नहीं हूँ""",
    "the page asks for JavaScript": """
        JavaScript is disabled in your browser. Please enable JavaScript to proceed.
        Bitte aktivieren Sie JavaScript
        Veuillez activer JavaScript
        Es necesario activar JavaScript
        Abilita JavaScript per continuare
        Ative o JavaScript
        Schakel JavaScript in om verder te gaan
        Включите JavaScript в браузере
        JavaScript'i etkinleştirin
        Włącz obsługę JavaScript
        يرجى تفعيل جافا سكريبت
        请启用JavaScript
        JavaScriptを有効にしてください
        자바스크립트를 활성화하세요
        कृपया जावास्क्रिप्ट सक्षम करें""",
    "the page asks for a subscription": """
        Start your free trial. Cancel anytime.
        Subscribe to continue reading. Already a subscriber? Sign in
        Dieser Artikel ist nur für Abonnenten. Jetzt testen
        Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous
        Contenido exclusivo para suscriptores. ¿Ya eres suscriptor?
        Contenuto riservato agli abbonati. Sei già abbonato?
        Conteúdo exclusivo para assinantes. Já é assinante?
        Dit artikel is alleen voor abonnees. Ben je al abonnee?
        Доступно только для подписчиков. Оформите подписку
        Bu içerik abonelere özel. Abone ol
        Tylko dla prenumeratorów. Masz już prenumeratę?
        هذا المقال للمشتركين فقط
        订阅后可继续阅读全文
        この記事は会員限定です。続きを読むには登録が必要です
        구독자 전용 기사입니다
        आगे पढ़ने के लिए सब्सक्राइब करें
        För dig som är prenumerant. Redan prenumerant?""",
    "the page asks for a login": """
        Please log in to continue. Forgot your password?
        Bitte melden Sie sich an. Passwort vergessen?
        Identifiez-vous. Mot de passe oublié ?
        Inicia sesión para continuar. ¿Olvidaste tu contraseña?
        Accedi per continuare. Password dimenticata?
        Faça login. Esqueceu sua senha?
        Inloggen om verder te gaan. Wachtwoord vergeten?
        Войдите, чтобы продолжить. Забыли пароль?
        Giriş yapın. Şifremi unuttum
        Zaloguj się, aby kontynuować. Nie pamiętasz hasła?
        تسجيل الدخول مطلوب. نسيت كلمة المرور
        请先登录
        ログインしてください
        로그인이 필요합니다
        जारी रखने के लिए लॉगिन करें""",
    "the page was not found": """
        Sorry, the page you are looking for could not be found.
        Die gesuchte Seite wurde leider nicht gefunden
        La page demandée est introuvable
        Página no encontrada
        Pagina non trovata
        A página não foi encontrada
        Pagina niet gevonden
        страница не найдена
        Aradığınız sayfa bulunamadı
        Strona nie została znaleziona
        الصفحة غير موجودة
        页面不存在
        お探しのページは見つかりません
        페이지를 찾을 수 없습니다
        पेज नहीं मिला
        Sidan kunde inte hittas""",
    "the page is closed to this region": """
        Our site is unavailable in most European countries.
        This content is not available in your country.
        Ce contenu n'est pas disponible dans votre pays""",
    "the page asks for the reader's age": """
        Are you over 18? You must be 18 years old to enter.
        ¿Eres mayor de edad?""",
    "the page asks for a mail address": """
        Get email notifications on Ana Ruiz daily! You'll get an email delivered to your inbox with a link.""",
}
_WALLS = {line.strip(): kind for kind, lines in _SAID.items() for line in lines.strip().split("\n")}
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
    """Behörde prüft Abofallen
    Wer nur lesen will, landet oft in einem Probeabo, teilte die Verbraucherzentrale mit.""",
    """Gericht erlaubt Pur-Abos
    Verlage dürfen Geld dafür verlangen, dass sie auf Tracking verzichten, teilte das Gericht am Montag mit.""",
    """Une panne prive la ville de son site
    La page était introuvable pendant des heures, selon la mairie.""",
    """Суд оценил правила сайтов
    Сайты должны спрашивать согласие на cookies, заявил суд.""",
    """法院就网站弹窗作出裁决
    法院表示，网站使用cookies必须征得同意。""",
)
_TEASER = """The harbour of Port Vela will reopen on Monday, two weeks after the storm that sank its ferry.
The port authority has cleared the channel, and the first ship is expected before noon, its master wrote."""


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


def test_a_long_notice_is_a_wall() -> None:
    """A notice may go on for pages, when all of it speaks to its reader about cookies."""
    notice = (
        "We and our partners store data on your device. You can accept cookies or reject cookies as you please. " * 12
    )

    assert wall_of(notice) == "the page is a cookie notice"


@pytest.mark.parametrize(
    "request_",
    [
        "To continue reading this story, subscribe now.",
        "Sie haben noch kein Abo? Um diesen Artikel lesen zu können, brauchen Sie eines.",
        "Il vous reste 75 % de cet article à lire.",
        "Suscríbete para seguir leyendo",
        "Per continuare a leggere, abbonati",
        "Для того чтобы прочитать статью, оформите подписку",
        "この続きは会員の方だけがご覧になれます。",
        "لمتابعة القراءة اشترك الآن",
    ],
)
def test_a_teaser_is_stored_without_the_request(request_: str) -> None:
    """The beginning of an article is marked as such, and what asks to pay for the rest is removed."""
    article = clean(text_document(f"{_TEASER}\n{request_}\nAlready a subscriber? Log in"), now=NOW)

    assert article.text == _TEASER
    assert article.is_teaser
    assert request_ in [line.line for line in article.removed]


def test_a_whole_article_above_a_request_is_whole() -> None:
    """A site may show its request under articles that are all there; one that breaks off is not."""
    whole = [f"{_TEASER} It is part {number} of its report." for number in range(9)]
    request_ = "To continue reading this story, subscribe now."

    assert request_after([*whole, request_]) is None
    assert request_after([*whole, "The ferry company will then ...", request_]) == len(whole) + 1


def test_words_are_counted_in_any_script() -> None:
    """Two characters of a script without spaces count as a word."""
    assert (words_in("Ships are back"), words_in("港口恢复通航"), words_in("ท่าเรือเปิด"), words_in("")) == (3, 3, 5, 0)
    assert words_in("ဆိပ်ကမ်း ပြန်ဖွင့်ပြီ") == 10


@pytest.mark.parametrize(
    "title",
    [
        "404 - Page not found",
        "Seite nicht gefunden | Gazette",
        "ページが見つかりません",
        "Page introuvable - L'Écho de la Creuse",
    ],
)
def test_a_title_can_say_that_its_page_is_missing(title: str) -> None:
    """What is not there says so in its title, in any language of the list."""
    assert is_not_found(title)


@pytest.mark.parametrize(
    "title",
    [
        "Man not found in Port Vela",
        "Ferry 404 sinks",
        "Why pages are not found: a report",
        "Ferry back - 404 days late",
        "",
    ],
)
def test_a_headline_about_what_is_missing_is_no_such_title(title: str) -> None:
    """News about what was not found is news."""
    assert not is_not_found(title)

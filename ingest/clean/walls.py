"""Walls: pages that ask for something instead of giving the article.

Two unrelated walls are one text to every measure of sameness, so they must not get as far as being compared.
"""

import re
from functools import cache

MAX_WORDS = 120  # a longer text is an article, even one about cookies or paywalls
_MAX_CHARS = 1_000
_MIN_SHARE = 0.25  # of the words of a text that the sentences with wall phrases must hold
_MIN_SHARE_OF_REPORT = 0.7  # the same where somebody is quoted: news about walls

# The kind, which becomes the detail, and what such pages say; searched in lower case.
_PHRASES = (
    (
        "the page is a cookie notice",
        r"\b(?:we|our partners|this (?:site|website)|wir|nous|noi|nosotros|usamos|utilizamos|utilizziamo|wij) .{0,80}\bcookies?\b|\bcookies?\b.{0,80}\b(?:consent|accept|agree|preferences|settings|einwillig\w+|zustimm\w+|akzeptier\w+|accepte\w*|consentement|aceptar|aceptas|consentimiento|accett\w+|consenso|aceit\w+|toestemming|accepteren|kabul|соглас\w+|принима\w+)"
        r"|\b(?:accept|accepting|allow|reject) (?:all )?cookies\b|\bmanage (?:your )?(?:cookie|privacy) (?:settings|preferences)|\bbevor sie zu .{1,40} weitergehen|\bbefore you continue to\b|使用cookie|ملفات تعريف الارتباط|クッキー|çerez\w*.{0,60}(?:kabul|kullan)|мы используем (?:файлы )?cookie",
    ),
    (
        "the page checks for robots",
        r"\b(?:are you (?:a )?(?:human|robot)|i'?m not a robot|not a robot|verify(?:ing)? (?:that )?you(?:'| a)re (?:a )?human|checking your browser|unusual (?:traffic|activity)|automated (?:access|requests|traffic|queries)|complete the captcha|solve the captcha|captcha|press (?:&|and) hold|security check|ddos protection|access (?:to this page )?(?:has been |is )?denied|you don'?t have permission to access|request blocked|sorry, you have been blocked|why have i been blocked|ray id|pardon our interruption)\b"
        r"|\b(?:sind sie ein (?:mensch|roboter)|kein roboter|êtes-vous un (?:robot|humain)|pas un robot|no soy un robot|non sono un robot|não sou um robô|robot değilim|я не робот|проверка браузера)\b|人机验证|安全验证|ロボットではありません|أنا لست روبوت",
    ),
    (
        "the page asks for JavaScript",
        r"\b(?:enable|activate|turn on|requires?|need|needs) (?:\w+ )?java ?script\b|\bjava ?script (?:is|must be|needs to be|has been|seems to be|appears to be) (?:not )?(?:enabled|disabled|required|turned off|off)\b|\bjava ?script (?:aktivieren|deaktiviert|ist erforderlich)|\bactive[rz] (?:le )?javascript|\bactiv(?:e|ar|a) (?:el )?javascript|\babilita(?:re)? javascript|\bative o javascript|\bvklopite|включите javascript|javascript'?i etkinleştir|请(?:启用|开启|打开) ?javascript|javascript ?を有効|تفعيل (?:ال)?جافا ?سكريبت"
        r"|\byour browser (?:is (?:out ?dated|not supported)|does not support)|\b(?:ad ?blocker|disable your ad blocker|adblock)\b",
    ),
    (
        "the page asks for a subscription",
        r"\b(?:subscribe|subscription|subscribers?) (?:to (?:read|continue|keep reading|unlock|access|get|view)|now to|only\b|is required|for (?:full|unlimited) access)|\b(?:to (?:continue|keep) reading|to read (?:the (?:full|rest)|this (?:full )?(?:story|article)|more)|continue reading),? .{0,40}\b(?:subscribe|sign (?:in|up)|log ?in|register|create)|\b(?:start|begin) (?:your )?(?:\w+ ){0,3}(?:free )?trial|\bfree trial\b|\b(?:reached|exceeded|used) your (?:\w+ ){0,3}(?:limit|free articles?)|\b(?:free|remaining) articles? (?:left|remaining|this month)|\b(?:this|the full) (?:article|content|story) is (?:for|reserved for|available (?:only )?(?:to|for)|exclusive to|only (?:available )?(?:to|for)) .{0,30}(?:subscribers|members)|\balready (?:a |have a |have an )?(?:subscriber|member|subscription|account)\b"
        r"|\b(?:jetzt abonnieren|weiterlesen mit|nur für abonnenten|mit einem abo|probeabo|bereits abonnent|jetzt testen|zugang zu allen)|\b(?:réservé(?:e)? (?:à nos |aux )?abonnés|abonnez-vous pour|déjà abonné|pour lire la suite)|\b(?:suscr[ií]bete para|exclusivo para suscriptores|contenido exclusivo|ya eres suscriptor)|\b(?:abbonati per|riservato agli abbonati|sei già abbonato)|\b(?:assine para|exclusivo para assinantes|já é assinante)|\b(?:abonneer je|alleen voor abonnees)|\babone ol|оформите подписку|только для подписчиков|للمشتركين فقط|订阅后|仅限会员|付费阅读|会員限定|有料会員|続きを読むには",
    ),
    (
        "the page asks for a login",
        r"\b(?:sign in|log ?in|login|register|create an? (?:free )?account) (?:to (?:continue|read|view|access|your account)|or (?:register|sign up|create)|is required|required)|\byou (?:must|need to|have to) (?:be )?(?:logged in|log in|sign in|register)|\b(?:forgot(?:ten)? (?:your )?password|keep me (?:signed|logged) in)|\b(?:bitte (?:melden sie sich an|einloggen|anmelden)|passwort vergessen)|\b(?:connectez-vous|mot de passe oublié)|\b(?:inicia sesión (?:para|o)|olvid(?:aste|ó) (?:tu|su) contraseña)|\b(?:accedi per|password dimenticata)|\b(?:faça login|esqueceu (?:a|sua) senha)|\bşifremi unuttum|войдите,? чтобы|забыли пароль|请登录|請登入|登录后|ログインして|تسجيل الدخول ل",
    ),
    (
        "the page was not found",
        r"\b(?:page|article|story|content|url|file|link) (?:you (?:are|were) (?:looking for|trying to)\b|you (?:requested|want)|(?:could|can) ?(?:not|n'?t) be found|(?:was|is) (?:not found|no longer available|not available|unavailable)|not found|doesn'?t exist|does not exist|has (?:been )?(?:moved|removed|expired)|no longer exists)|\b(?:error )?404\b|\bhttp (?:error )?(?:404|410|403|500|503)\b|\b(?:we )?(?:can'?t|couldn'?t|cannot|could not) find (?:the|that|this|your) page|\bnothing (?:was )?found here|\b(?:internal server error|service unavailable|bad gateway|temporarily unavailable|under maintenance)\b"
        r"|\bseite (?:wurde )?(?:leider )?(?:nicht gefunden|existiert nicht)|\bpage (?:introuvable|non trouvée|inexistante)|\bpágina (?:no encontrada|não encontrada|no existe|não existe)|\bpagina (?:non trovata|niet gevonden|bulunamadı)|\bsayfa bulunamadı|страница не найдена|الصفحة (?:غير موجودة|المطلوبة)|页面不存在|找不到(?:页面|该页)|您访问的页面|頁面不存在|ページが見つかりません|お探しのページ|strona nie (?:została znaleziona|istnieje)|stránka nenalezena|sidan kunde inte hittas",
    ),
)  # fmt: skip
_REPORT = re.compile(
    r"\b(?:said|says|told|announced|according to|reported|ruled|sagte|teilte|laut|zufolge|déclaré|selon|dijo|según|afirmó|ha detto|secondo|disse|segundo|zei|volgens|dedi|söyledi|açıkladı"
    r"|сообщил\w*|заявил\w*|сказал\w*|по словам|قال|وقال|أعلن\w*)\b|表示|宣布|报道|述べた|発表した|明らかにした"
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def words_in(text: str) -> int:
    """Count words; where a script sets no spaces between them, two characters count as one.

    >>> words_in("Ships are back"), words_in("港口恢复通航")
    (3, 3)
    """
    if text.isascii():
        return len(text.split())
    return len(_UNSPACED.sub(" ", text).split()) + len(_UNSPACED.findall(text)) // 2


def wall_of(text: str) -> str | None:
    """Give what kind of wall a short `text` is; None for an article, however short."""
    if len(text) > _MAX_CHARS or (words := words_in(text)) > MAX_WORDS:
        return None
    lower = text.lower().replace("’", "'")
    least = words * (_MIN_SHARE_OF_REPORT if _REPORT.search(lower) else _MIN_SHARE)
    for kind, phrases in _patterns():
        if (
            phrases.search(lower)
            and sum(words_in(part) for part in _SENTENCE.findall(lower) if phrases.search(part)) >= least
        ):
            return kind
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(phrases)) for kind, phrases in _PHRASES)

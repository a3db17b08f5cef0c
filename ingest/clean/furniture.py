"""One line of a page dump: which rule, if any, says that it is not the article.

Rules speak of whole lines and of the words that page templates use, never of one site.
"""

import re
from functools import cache
from pathlib import Path

SHORT = 120  # characters; a longer line is prose, and no rule looks at it

_MARKS = " \t\u00a0•·*-–—|>»›<«‹#:：.…!?→←↑↓▶►▼▲×✕+=_/\\()[]{}（）【】“”\"'＞｜。~^"
_BULLETS = " \t\u00a0•"
_QUOTES = "\"'”’»)"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")

_MONTHS = (
    "jan(?:uary|uar|vier)?|feb(?:ruary|ruar|rero|braio)?|févr(?:ier)?|mar(?:ch|s|zo|ço)?|märz|apr(?:il|ile)?|avr(?:il)?|may|mai|mayo|maggio|maio|mei"
    "|june?|juni?|juin|junio|giugno|junho|july?|juli?|juillet|julio|luglio|julho|aug(?:ust|ustus)?|août|agosto|sept?(?:ember|embre|iembre)?|settembre|setembro"
    "|o[ck]t(?:ober|obre|ubre)?|ottobre|outubro|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embro)?|décembre|dic(?:iembre|embre)?|enero|gennaio|janeiro|fevereiro|abril"
    "|ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık"
    "|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
    "|يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
    "|januari|februari|maart|augusti|oktober|mars|april|maj|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"
    "|ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince|desember|maret|agustus"
)
_DAYS = (
    "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    "|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|segunda|terça|quarta|quinta|sexta"
    "|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье"
)
_DATED = (
    "published|posted|updated|last updated|last modified|modified|first published|created|date|on|at|by|veröffentlicht|aktualisiert|stand|vom|am|um|publié|le|à|mis à jour|publicado|actualizado|el|a las"
    "|pubblicato|aggiornato|il|alle|ore|atualizado|em|às|gepubliceerd|bijgewerkt|om|yayınlanma|güncelleme|saat|tarihi|опубликовано|обновлено|в|г|نشر|آخر تحديث|في|发布时间|更新时间|发布|更新|公開|配信|uhr|hrs?|h|am|pm|a\\.m|p\\.m"
    "|utc|gmt|est|edt|cst|cdt|mst|mdt|pst|pdt|et|ct|mt|pt|ist|cet|cest|bst|wib|jst|kst|of|de|del|di|st|nd|rd|th|and|minutes?|mins?|hours?|days?|weeks?|months?|years?|ago|temps de lecture|last update"
)
_NETWORKS = (
    "facebook|twitter|x|instagram|linkedin|whats ?app|youtube|pinterest|telegram|reddit|tiktok|threads|bluesky|mastodon|flipboard|pocket|messenger|tumblr|viber|vk|vkontakte|odnoklassniki|ok|line|weibo|微博|微信|wechat|qq|xing|kakao(?:talk|story)?"
    "|e-?mail|mail|print|copy(?: link)?|link|rss|google(?: news| plus|\\+)?|snapchat|skype|tweet|share|teilen|drucken|partager|imprimer|compartir|condividi|compartilhar|delen|paylaş|поделиться|شارك|分享|シェア|save|more|like|digg|blogger|follow|click to|on|via|to|by|us|with|friends?|this|article|post|story|page|a|opens in new window|auf"
)
_NAME = r"[^\W\d_][\w.’'-]*"

# On the line in lower case without the marks around it. The first that fits names the rule.
_SHAPES = (
    ("comments", r"\d[\d.,]* ?(?:reader )?(?:comments?|replies|responses?|thoughts?|kommentare?|commentaires?|comentarios?|commenti?o?|comentários?|reacties?|yorum|комментари\w*|تعليقات?|تعليق|条评论|条留言|件のコメント|komentarz\w*|kommentarer?)(?: (?:on|to|sur|en|zu|in) .*)?"),
    ("comments", r"(?:comments?|kommentare?|commentaires?|comentarios?|commenti|comentários?|reacties|yorumlar|комментарии|评论|コメント|التعليقات)\W*\d+"),
    ("comments", r"(?:leave|post|add|write|submit) (?:a|your) (?:comment|reply)\b.*|.*\b(?:logged|log|signed|sign) in to (?:post|leave|add|write)? ?(?:a )?(?:comment|reply).*|be the first to comment.*|your email address will not be published.*|save my name, email.*|this site uses akismet.*|we (?:use|have) .{0,40}moderat.*"),
    ("reading-time", r"(?:(?:estimated )?(?:reading|read) time:?|lesezeit|lesedauer|temps de lecture|tiempo de lectura|tempo di lettura|tempo de leitura|leestijd|okuma süresi|время чтения)\W*(?:ca\.? ?|~)?\d+.{0,12}|\d+[- ]?(?:min(?:ute)?s?\.?|minuten|minuti|minutos|dk|мин\w*|دقائق)(?: de)?[ -]?(?:read|reading|lecture|lectura|lettura|leitura|lesezeit|leestijd|okuma|чтения|قراءة|to read|lesen)?(?: time)?|\d+ (?:views?|reads?|shares?|likes?|words|aufrufe|vues|visitas|visualizações|просмотр\w*|مشاهدة|次阅读|阅读|views)|(?:views?|阅读|浏览|просмотров|مشاهدات)\W*\d+"),
    ("copyright", r"(?:copyright|©|\(c\) ?\d|\(c\) copyright).{0,110}|.{0,60}(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|tutti i diritti riservati|todos os direitos reservados|alle rechten voorbehouden|tüm hakları saklıdır|все права защищены|جميع الحقوق محفوظة|版权所有|版權所有|無断転載|all rights reserved|wszelkie prawa zastrzeżone).{0,60}|.{0,20}©.{0,6}(?:19|20)\d\d.{0,60}"),
    ("share-bar", rf"(?:(?:{_NETWORKS})(?:[\s,;|/·•+()&-]+|$))+|(?:share|tweet|pin|email|follow)(?: (?:this|us|it|me))?(?: (?:article|story|post|page|content|news))?(?: (?:on|via|with|to|by) .{{1,30}})?|follow @?\w+ on .{{1,30}}|(?:follow|find|join|like) (?:us|me|him|her|[\w ]{{2,30}}) on .{{2,40}}|.{{0,30}}\(opens in (?:a )?new (?:window|tab)\).{{0,30}}"),
    ("dateline", rf"(?=.*(?:\b(?:{_MONTHS})\b|\b(?:19|20)\d\d\b|\d:\d\d))(?:(?:{_MONTHS}|{_DAYS}|{_DATED}|\d[\d:.,/-]*(?:st|nd|rd|th|er|am|pm|h|г)?|年|月|日|时|時|分|الساعة)(?:[\s,.:|·•@()/—–+年月日时時分-]+|$)){{2,}}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}}(?:[ t,-]+\d[\d:.]*)?z?|\d{{4}}年\d{{1,2}}月\d{{1,2}}日.{{0,14}}|(?:an?|\d+) (?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?) ago|vor \d+ (?:minuten|stunden?|tag(?:en)?)|il y a \d+ .{{2,10}}|hace \d+ .{{2,10}}|\d+ (?:минут|час|дн)\w* назад|\d{{1,2}}:\d\d(?: ?[ap]\.?m\.?)?"),
    ("taxonomy-line", r"(?:tags?|topics?|filed (?:under|in)|posted in|categor(?:y|ies)|keywords?|tagged(?: with| as)?|more (?:on|about)|in this (?:story|article)|schlagw[oö]rter|schlagworte|stichw[oö]rter|themen|mots[- ]clés|etiquetas|temas|argomenti|tag correlati|assuntos|trefwoorden|etiketler|теги|темы|метки|الوسوم|标签|标签|关键词|タグ|カテゴリー?|kategorie)\s*[:：].{1,150}|(?:#[\w-]+[\s,|]*)+|.+(?:, | [/|] ).+ \d+ comments?"),
    ("navigation", r"(?:home|news|startseite|accueil|inicio|início|anasayfa|главная|الرئيسية|首页|ホーム|index|blog)\s*[>»›/|→＞]\s*\S.*|[^.!?]{2,40}(?:\s*[>»›＞]\s*[^.!?]{2,60}){2,}|(?:previous|next|prev|older|newer|vorheriger|nächster|anterior|siguiente|précédent|suivant|下一篇|上一篇|前の記事|次の記事)(?: (?:post|article|story|page|entry|beitrag|artikel))?\s*[:：»«|-]\s*.{3,}|(?:skip|jump) to .{3,40}|page \d+(?: of \d+)?|(?:\d+ ?){3,}|back to .{3,40}|click (?:here )?to .{3,60}|(?:view|see|show|browse|load|read) (?:all|more|full|the full) ?.{0,40}|0?\d:\d\d ?/ ?0?\d:\d\d|(?:[^\w\s]|\s)+|watch(?: this| video| live| now)?\s*[:|].{3,}|listen(?: to)?(?: this)?\s*[:|].{3,}|volume \d+%|[\[(]?e-?mail.protected[\])]?|(?:function|var|const|let|window|document|return|if|@media)\b.*[;={}]+|\S+ ?\{.*|%[sd]|.{0,40}enable javascript.{0,60}|.*javascript (?:is|to be) (?:disabled|enabled|required).*"),
    ("related", r"(?:read(?: more| also| next| this| the full story)?|also read|see also|related(?: (?:article|story|stories|post|news|content|reading|coverage|video)s?)?|more(?: from| on| about| in| news| stories)?|don.t miss|must read|up next|next|watch(?: more)?|lesen sie (?:auch|hier|mehr|dazu).{0,20}|lire aussi|à lire(?: aussi)?|voir aussi|lee también|leer también|lea también|te puede interesar|leggi anche|leia também|veja também|lees ook|читайте также|اقرأ أيضا|اقرأ أيضاً|baca juga|läs (?:också|även)|les også|læs også|czytaj (?:także|też|również)|zobacz (?:także|też)|čtěte také|lue myös|延伸阅读|相关阅读|関連記事|あわせて読みたい)\s*[:：|→>»-]\s*.{3,}|(?:also read|lire aussi|à lire aussi|lee también|leggi anche|leia também|lees ook|читайте также|baca juga|les også|læs også|läs (?:också|även)|czytaj też|lesen sie auch|lesen sie hier|اقرأ أيضا)\b.{3,}|more (?:from|by|in|on) [\w .&'’-]{2,40}|mehr (?:aus|von|zu|zum|über) .{3,60}|read more (?:about|from|in|on|at|here).{0,60}|(?:recommended|popular|trending|latest|top|most read|related|featured|more)(?: \w+)? (?:stories|articles|posts|news|videos|reads|headlines|topics|from .{2,30})"),
    ("newsletter", r"(?:(?:please )?(?:subscribe|sign up|join|register)|get (?:the|our|all|more|breaking|daily|weekly|free|exclusive)|receive).{0,90}(?:newsletters?|inbox|updates|subscribers|notifications|alerts|emails?|e-?mail list|mailing list|channel)\b.{0,40}|.{0,60}\bnewsletters?\b.{0,20}(?:abonnieren|anmelden|abonnez|inscri\w+|suscr\w+|iscri\w+|assin\w+|sign ?up|subscribe).{0,40}|(?:subscribe|abonnez-vous|suscríbete|iscriviti|assine|abone ol|подпис\w+)\b.{2,60}|by (?:signing up|subscribing|submitting|entering|providing|clicking|registering).{3,}|(?:we respect your privacy|no spam|unsubscribe).{0,60}|(?:follow|join) .{2,40} (?:whatsapp|telegram|facebook) (?:channel|group).{0,30}|.{0,50}(?:whatsapp|telegram)[- ](?:channel|kanal|canal|канал).{0,50}"),
    ("subscription", r"already (?:a|an|have).{0,60}(?:log|sign) in.{0,10}|(?:log in|sign in|login|register|create an? (?:free )?account|start (?:your|a) (?:free )?trial|try .{0,20} free|unlock)\b.{0,60}|(?:this|the) (?:article|story|content|page) is (?:only |exclusively )?(?:available |reserved )?(?:for|to) .{0,20}(?:subscribers|members)\b.*|(?:support|donate|become a) .{0,50}(?:journalism|member|subscriber|donation|patron|supporter).{0,40}|(?:start|get|enjoy|buy) .{0,20}(?:free trial|unlimited access|% off).{0,40}|.{0,40}(?:free trial|\d+-day trial|cancel any ?time).{0,40}"),
    ("cookie-notice", r"(?:we|this (?:site|website|page)|our (?:site|website)|wir|diese (?:seite|website)|nous|ce site|utilizamos|este sitio|este site|questo sito|deze website|bu site|мы)\b.{0,40}\bcookies?\b.*|(?:accept|manage|reject|allow)(?: all)? cookies.{0,40}"),
    ("author-note", rf"(?:more (?:articles |posts |stories |news )?(?:by|from) (?:the |this )?author.*|(?:contributing|senior|staff|freelance|guest|managing|executive|associate|assistant|chief|deputy) (?:writer|editor|reporter|correspondent|author|producer|contributor|columnist)s?(?:[,/|].{{0,40}})?|(?:author|editor|redakteur|redacteur|redaktor|redactor|reporter|editor-in-chief|责任编辑|编辑|记者|作者|来源|責任編輯|editora?|penulis|reporter|автор|фото)\s*[:：]\s*.{{2,60}}|view (?:all )?(?:posts|articles|stories|author).*|see full bio|@\w{{3,30}}|[\w.+-]+@[\w-]+\.[\w.-]+|(?:e-?mail|contact|reach|follow) (?:the (?:author|writer|reporter)|{_NAME}(?: {_NAME})?)\W.*@.*)"),
    ("photo-credit", r"(?:photos?|photography|photograph|image|images|picture|pic|foto|fotos|bild|bilder|fotografía|imagen|imagem|immagine|crédit(?:s)?|crédit photo|credit|credits|copyright|illustration|fotoğraf|afbeelding|zdjęcie|featured image|feature image|cover image|header image|lead image|symbolbild|grafik|quelle|图片来源|图源|写真|画像|getty)s?(?: (?:credits?|by|source|courtesy(?: of)?|via|von|par|de|:\s*courtesy))?\s*(?:[:：/]|©| by | via | courtesy of )\s*.{2,90}|(?:courtesy|photo) (?:of|by) .{2,70}|.{0,70}(?:getty images|shutterstock|istock(?:photo)?|unsplash|depositphotos|alamy(?: stock photo)?|(?:ap|afp|reuters|epa|dpa|file) (?:photo|image|images|bild)|picture[- ]alliance|imago(?: images)?|photo/.{2,40}|via (?:ap|reuters|afp|getty.*)|courtesy photo|file image|handout|screenshot|symbolbild|archivbild)\W{0,3}|©\s?\S.{1,60}"),
)  # fmt: skip

_NOTICE = re.compile(
    r"(?P<affiliate_notice>\b(?:earn|receive)s? (?:an? |us )?(?:small |affiliate )*(?:commission|revenue)|affiliate (?:links?|commission|advertising program)|independently (?:selected|chosen|reviewed) by our)"
    r"|(?P<cookie_notice>\b(?:we|our (?:site|website|partners)|this (?:site|website)|wir|nous) .{0,60}\bcookies\b|\bcookies?\b.{0,80}\b(?:consent|zustimm\w+|einwillig\w+|consentement)\b)"
    r"|(?P<newsletter>\b(?:subscribe|sign up|signing up|abonnieren|abonnez|suscr[ií]b\w+|iscriv\w+)\b.{0,80}\b(?:newsletters?|inbox|channel|updates|alerts)\b|\b(?:newsletter)\b.{0,40}\b(?:anmelden|abonnieren|sign up|subscribe)\b|\bfollow (?:us|him|her|them|me) (?:on|at)\b)"
    r"|(?P<browser_notice>\byour browser\b|\bihr browser\b|\bvotre navigateur\b|\bsu navegador\b|\bjavascript\b.{0,40}\b(?:enable|disabled|aktivier\w+|activ\w+)\b|\b(?:enable|aktivieren)\b.{0,40}\bjavascript\b)"
    r"|(?P<author_note>\b(?:is|was|are) (?:an?|the) (?:[\w’'-]+,? ){0,6}(?:reporter|writer|editor|journalist|correspondent|columnist|contributor|author|blogger|freelancer)\b|\byears of (?:\w+ ){0,3}experience\b|\b(?:her|his|their) work has (?:appeared|been published)\b)"
    r"|(?P<copyright>\ball rights reserved\b|\balle rechte vorbehalten\b|\btous droits réservés\b|\bmay not be (?:published|reproduced|broadcast)\b)",
    re.I,
)

_BYLINE = re.compile(
    r"(?:[Bb]y|BY|[Vv]on|VON|[Pp]ar|PAR|Por|POR|De|Di|Door|Av|Af|Autor(?:in|a)?:|Author:|Written by|Posted by|Reported by|Words by|Story by|Text:|Автор:|作者[:：]|记者[:：]|文[/|:：]|بقلم:?|كتب:?|Oleh:?)\s+"
    r"((?:(?:Dr|Prof|Mr|Mrs|Ms)\.? )?[^\W\d_a-zà-ÿ][\w.’'-]*(?:(?: |, | and | und | et | y | e | & | en | ve | with |-)(?:(?:de|van|von|der|den|al|bin|la|le|da|dos|di|el)[ -])*[^\W\d_a-zà-ÿ][\w.’'-]*){0,9})"
    r"(?:,? (?:staff|correspondent|reporter|in [A-Z]\w+|for .{2,30}))?(?:\s*[|,•·–—-]\s*.{0,60})?"
)


# What a line must have to fit a shape: asking first costs 1 us, the shapes cost 30.
_HINT = re.compile(r"[>|#@:/{;%=\u00a9\u00bb\u203a\uff1a]|\u2192")
_FIRST = frozenset(
    "by von par por de di door af av share tweet pin email follow find join like read see also related more don't don’t must up next watch listen lesen lire voir à lee leer lea te leggi leia veja"
    " lees baca les læs läs czytaj zobacz čtěte lue mehr recommended popular trending latest top most featured please subscribe register get receive abonnez-vous inscrivez-vous suscríbete iscriviti assine"
    " abonner abone we no unsubscribe already log sign login create start try unlock this support donate become enjoy buy accept manage reject allow wir diese nous utilizamos este questo deze bu"
    " leave post add write submit be your save skip jump click view show browse load back page photo photos photography image images picture foto fotos bild courtesy illustration featured cover var const"
    " function let window document return contributing senior staff freelance guest managing executive associate assistant chief deputy published posted updated last vor il hace contact reach our".split()
)
_ANYWHERE = frozenset(
    "comment comments newsletter newsletters cookies copyright javascript getty shutterstock istock unsplash depositphotos alamy reuters/ handout screenshot symbolbild archivbild imago picture-alliance courtesy"
    " reserved reserved. whatsapp telegram trial anytime ago monday tuesday wednesday thursday friday saturday sunday photo image facebook twitter linkedin".split()
)
_SENTENCE_STARTS = (
    "subscribe", "sign up", "sign in", "log in", "by signing", "by subscribing", "by clicking", "by providing", "by submitting", "by entering", "we use", "this site", "this website", "our site", "copyright", "©",
    "your email", "already", "follow us", "join our", "get the", "get our", "read more", "click here", "photo", "image", "wir verwenden", "diese website", "be the first", "you must", "please log", "please sign",
    "this article is", "this content is", "support our", "leave a", "commenting", "we respect", "unsubscribe", "no spam", "enable javascript", "please enable", "all rights", "start your", "melden sie", "jetzt", "this field", "oops!", "notify me", "save my", "you can unsubscribe", "something went", "thank", "required", "©", "login to", "register", "sign up", "get breaking",
)  # fmt: skip


def rule_of(line: str) -> str | None:
    """Give the name of the rule that takes `line` (stripped, short) for furniture; None for a line of the article.

    >>> rule_of("12 Comments"), rule_of("Back to Top"), rule_of("The harbour reopens")
    ('comments', 'back-to-top', None)
    """
    lower = line.lower()
    spaces = line.count(" ")
    is_sentence = spaces > 6 and (spaces > 13 or line.rstrip(_QUOTES)[-1:] in ".!?")
    if is_sentence and not lower.startswith(_SENTENCE_STARTS):
        return None
    key = lower.strip(_MARKS)
    if not key:
        return "navigation"
    key = _DIGITS.sub("0", key)
    rule = _phrases().get(key)
    if rule is not None or (not is_sentence and not _could_fit(key)):
        return rule
    if _BYLINE.fullmatch(line):
        return "byline"
    shape = _shape().fullmatch(lower.strip(_BULLETS))
    return _SHAPES[int((shape.lastgroup or "_0")[1:])][0] if shape else None


def _could_fit(key: str) -> bool:
    words = key.split()
    return (
        words[0] in _FIRST
        or not words[0].isascii()
        or ("0" in key and len(key) < 50)
        or _HINT.search(key) is not None
        or not _ANYWHERE.isdisjoint(words)
    )


def is_marker(line: str) -> bool:
    """Whether `line` is nothing but a phrase that stands over a block, such as "Related Articles"."""
    return line.lower().strip(_MARKS) in _phrases()


def notice_of(line: str) -> str | None:
    """Give the rule for a long line that speaks of the page or of its author, not of the news.

    Asked only about the first and last paragraphs of what is a page dump for other reasons.
    """
    match = _NOTICE.search(line)
    return (match.lastgroup or "").replace("_", "-") if match else None


def byline_of(line: str) -> str | None:
    """Give the names in a byline such as "By Ana Ruiz | Harbour desk"."""
    found = _BYLINE.fullmatch(line)
    return found[1] if found else None


@cache
def _shape() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<_{index}>{pattern})" for index, (_, pattern) in enumerate(_SHAPES)), re.S)


@cache
def _phrases() -> dict[str, str]:
    phrases: dict[str, str] = {}
    for line in (Path(__file__).parent / "furniture.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            rule, _, spoken = line.partition("\t")
            for phrase in spoken.split(" | "):
                phrases.setdefault(phrase.strip(_MARKS), rule)
    return phrases

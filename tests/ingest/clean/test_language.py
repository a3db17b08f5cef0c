"""Which language a text is in."""

import subprocess
import sys

import pytest

from ingest.clean.language import detect, is_plausible, tag
from tests.ingest.clean.documents import TEXT

_TEXTS = {
    "en": TEXT,
    "de": "Der Hafen ist nach dem Sturm wieder geöffnet, und die Fischer hoffen auf ruhiges Wetter am Wochenende.",
    "fr": "Le port a rouvert vendredi après une semaine de travaux, et les pêcheurs attendent une mer plus calme.",
    "es": "El puerto volvió a abrir el viernes tras una semana de obras, y los pescadores esperan un mar en calma.",
    "it": "Il porto ha riaperto venerdì dopo una settimana di lavori, e i pescatori sperano che il mare si calmi.",
    "pt": "O porto reabriu na sexta-feira depois de uma semana de obras, e os pescadores esperam um mar mais calmo.",
    "nl": "De haven is vrijdag na een week van werk weer open, en de vissers hopen dat de zee rustig wordt.",
    "tr": "Liman bir haftalık çalışmanın ardından yeniden açıldı ve balıkçılar için sezon daha geç başlayacak.",
    "pl": "Port został otwarty w piątek po tygodniu prac, a rybacy mają nadzieję, że morze nie będzie wzburzone.",
    "ru": "Порт открылся в пятницу после недели ремонта, и рыбаки надеются, что море на выходных будет спокойным.",
    "uk": "Порт відкрився у п'ятницю після тижня ремонту, і рибалки сподіваються, що море на вихідних буде спокійним.",
    "ar": "أعيد فتح الميناء يوم الجمعة بعد أسبوع من الأعمال، وقال الصيادون إن البحر يجب أن يكون أكثر هدوءا.",
    "fa": "بندر روز جمعه پس از یک هفته کار دوباره باز شد و ماهیگیران می گویند که دریا باید آرام باشد.",
    "zh": "港口经过一周抢修后于周五恢复通航，渔民希望周末海面能够平静下来。",
    "ja": "港は一週間の工事を経て金曜日に再開され、漁師たちは週末の海が穏やかになることを願っている。",
    "ko": "항구는 일주일간의 공사 끝에 금요일에 다시 문을 열었고 어부들은 주말 바다가 잔잔하기를 바란다.",
    "el": "Το λιμάνι άνοιξε ξανά την Παρασκευή μετά από εργασίες μιας εβδομάδας και οι ψαράδες ελπίζουν.",
    "he": "הנמל נפתח מחדש ביום שישי אחרי שבוע של עבודות והדייגים מקווים שהים יהיה רגוע בסוף השבוע.",
    "th": "ท่าเรือเปิดอีกครั้งในวันศุกร์หลังจากซ่อมแซมหนึ่งสัปดาห์",
    "hi": "बंदरगाह एक सप्ताह के काम के बाद शुक्रवार को फिर से खुल गया और मछुआरों को उम्मीद है कि समुद्र शांत रहेगा।",
}


@pytest.mark.parametrize("language", _TEXTS)
def test_a_text_tells_its_language(language: str) -> None:
    """Two lines of news are enough, in any script."""
    assert detect(_TEXTS[language]) == language


@pytest.mark.parametrize("text", ["", " \n", "12 345", "Ruiz", "!?"])
def test_nothing_speaks_for_no_language(text: str) -> None:
    """Where there is no evidence there is no language."""
    assert detect(text) is None


def test_a_clear_text_needs_no_model() -> None:
    """The vote settles ordinary news: the model with its 75 MB is not loaded for it."""
    code = (
        f"import sys; from ingest.clean.language import detect; detect({TEXT!r}); sys.exit('py3langid' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("en", "en"),
        ("pt_BR", "pt-BR"),
        ("ZH-hans-cn", "zh-Hans-CN"),
        ("de_DE.UTF-8", "de-DE"),
        ("english", None),
        ("", None),
    ],
)
def test_a_stated_language_is_written_one_way(stated: str, expected: str | None) -> None:
    """Tags are BCP 47; what is none is nobody's word."""
    assert tag(stated) == expected


def test_a_template_language_does_not_fit_every_script() -> None:
    """A page that says it is English while its text is Arabic is not believed."""
    assert is_plausible("en-US", _TEXTS["de"])
    assert not is_plausible("en", _TEXTS["ar"])
    assert not is_plausible("zh", _TEXTS["fr"])
    assert is_plausible("uk", _TEXTS["ru"])

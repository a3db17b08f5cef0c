"""What Prometheus makes of our rules and figures, by its own tool: each alert comes when it should, and only then."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.query.serve.newsstand import Served

_RULES = Path(__file__).parents[3] / "deploy" / "alerts.yaml"
_ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load(_RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Series, as promtool writes them ("start+step x times"), that an alert is for; and when it is due."""

    series: dict[str, str]
    interval: str  # between two values; after more than five minutes without one a series is gone
    due: str  # since the beginning, which is 1970
    early: str = "0m"  # when it is not due yet


_TROUBLES = {
    "NewsfoldDown": _Trouble({'up{job="newsfold"}': "1 0x20"}, "1m", due="7m", early="5m"),
    "NewsfoldNoRefresh": _Trouble(
        {'newsfold_run_completed_timestamp_seconds{flow="refresh"}': "0x150"}, "1m", due="127m", early="119m"
    ),
    "NewsfoldNoMaintain": _Trouble(
        {'newsfold_run_completed_timestamp_seconds{flow="maintain"}': "0x4600"}, "1m", due="74h", early="72h"
    ),
    # The one source is quiet from the start, the other for six hours.
    "NewsfoldNothingNew": _Trouble(
        {
            'newsfold_source_newest_timestamp_seconds{source="gazette"}': "0x800",
            'newsfold_source_newest_timestamp_seconds{source="post"}': "0+60x60 3600x740",
        },
        "1m",
        due="7h15m",
        early="7h",
    ),
    "NewsfoldSourceFailing": _Trouble({'newsfold_source_failing{source="gazette"}': "1x400"}, "1m", "6h1m", "5h59m"),
    "NewsfoldHookFailing": _Trouble({'newsfold_hook_failing{hook="1"}': "1x100"}, "1m", due="61m", early="59m"),
    "NewsfoldSourceSilent": _Trouble({'newsfold_source_silent{source="gazette"}': "1x100"}, "1m", "61m", "59m"),
    # A day of which one in ten is turned away, then an hour of which half is.
    "NewsfoldRejections": _Trouble(
        {
            'newsfold_documents_total{outcome="variant"}': "0+90x288 25920+50x60",
            'newsfold_documents_total{outcome="wall"}': "0+10x288 2880+50x60",
        },
        "5m",
        due="25h30m",
        early="24h",
    ),
    "NewsfoldOwnFaults": _Trouble({'newsfold_documents_total{outcome="failed"}': "0x10 1x20"}, "1m", "15m", "9m"),
    "NewsfoldQueueGrows": _Trouble({"newsfold_pages_waiting": "6000+10x300"}, "1m", due="2h5m", early="1h"),
    "NewsfoldSlow": _Trouble(
        {
            'newsfold_http_seconds_bucket{le="1.0",route="/stories"}': "0+94x60",
            'newsfold_http_seconds_bucket{le="2.5",route="/stories"}': "0+100x60",
            'newsfold_http_seconds_bucket{le="+Inf",route="/stories"}': "0+100x60",
        },
        "1m",
        due="20m",
        early="10m",
    ),
    "NewsfoldErrors": _Trouble(
        {
            'newsfold_http_answers_total{status="200"}': "0+94x60",
            'newsfold_http_answers_total{status="503"}': "0+6x60",
        },
        "1m",
        due="15m",
        early="9m",
    ),
    "NewsfoldDatabaseGrows": _Trouble({"newsfold_database_bytes": "2e9x1440 2.5e9x200"}, "1m", "26h", "24h"),
}
# A day in which all goes as it should.
_CALM = {
    'up{job="newsfold"}': "1x288",
    'newsfold_run_completed_timestamp_seconds{flow="refresh"}': "0+300x288",
    'newsfold_run_completed_timestamp_seconds{flow="maintain"}': "0x288",
    'newsfold_source_newest_timestamp_seconds{source="gazette"}': "0x288",
    'newsfold_source_newest_timestamp_seconds{source="post"}': "0+300x288",
    'newsfold_source_failing{source="gazette"}': "0x100 1x20 0x168",
    'newsfold_source_silent{source="gazette"}': "0x288",
    'newsfold_hook_failing{hook="1"}': "0x288",
    'newsfold_documents_total{outcome="variant"}': "0+90x288",
    'newsfold_documents_total{outcome="wall"}': "0+10x288",
    'newsfold_documents_total{outcome="failed"}': "0x288",
    "newsfold_pages_waiting": "6000-10x288",
    'newsfold_http_seconds_bucket{le="1.0",route="/stories"}': "0+96x288",
    'newsfold_http_seconds_bucket{le="2.5",route="/stories"}': "0+100x288",
    'newsfold_http_seconds_bucket{le="+Inf",route="/stories"}': "0+100x288",
    'newsfold_http_answers_total{status="200"}': "0+96x288",
    'newsfold_http_answers_total{status="503"}': "0+4x288",
    "newsfold_database_bytes": "2e9+1e6x288",
}


def test_rules_are_what_prometheus_takes(promtool: str) -> None:
    """The file of the rules is one that Prometheus reads."""
    _run(promtool, "check", "rules", str(_RULES))


def test_figures_are_what_prometheus_takes(promtool: str, stand: Served) -> None:
    """What the server tells at /metrics is read without a complaint, also about how figures are named."""
    assert not _run(promtool, "check", "metrics", given=stand.ask("/metrics").text)


def test_each_alert_has_its_trouble() -> None:
    """No rule is without a test of its own."""
    assert _TROUBLES.keys() == _ALERTS.keys()


@pytest.mark.parametrize("name", _TROUBLES)
def test_an_alert_comes_when_it_is_due(promtool: str, tmp_path: Path, name: str) -> None:
    """Of its own trouble an alert tells, and no other alert does; not before it is due."""
    trouble = _TROUBLES[name]
    firing = [_asked(trouble.early, ()), _asked(trouble.due, (name,))]
    _test(promtool, tmp_path, trouble.series, interval=trouble.interval, asked=firing)


def test_a_calm_day_has_no_alert(promtool: str, tmp_path: Path) -> None:
    """Where all goes as it should nobody is told anything, at any hour."""
    asked = [_asked(f"{hour}h", ()) for hour in range(1, 25)]
    _test(promtool, tmp_path, _CALM, interval="5m", asked=asked)


def _asked(at: str, firing: tuple[str, ...]) -> dict[str, Any]:  # Any: YAML
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in firing]
    expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
    return {"expr": expr, "eval_time": at, "exp_samples": samples}


def _test(
    promtool: str,
    folder: Path,
    series: dict[str, str],
    *,
    interval: str,
    asked: list[dict[str, Any]],  # Any: YAML
) -> None:
    given = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": interval, "input_series": given, "promql_expr_test": asked}
    (folder / "test.yaml").write_text(
        yaml.safe_dump({"rule_files": [str(_RULES)], "evaluation_interval": "1m", "tests": [test]})
    )
    _run(promtool, "test", "rules", str(folder / "test.yaml"))


def _run(promtool: str, *arguments: str, given: str = "") -> str:
    """Give what the tool complained of; fail with it where it was not content."""
    done = subprocess.run([promtool, *arguments], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr

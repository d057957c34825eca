/** 200 strings that try to be more than text. Each would call `window.__trapped` if it were ever run. */
const CALL = '__trapped(1)';

const TAGS = ['img src=x onerror', 'svg onload', 'body onload', 'iframe onload', 'video src=x onerror', 'audio src=x onerror', 'input autofocus onfocus', 'details open ontoggle', 'marquee onstart', 'object data=x onerror', 'embed src=x onload', 'style onload', 'select autofocus onfocus', 'textarea autofocus onfocus', 'link rel=stylesheet href=x onerror'];
const CLOSERS = ['', '">', "'>", '-->', '</textarea>', '</title>', '</script>', '</style>', ']]>'];

const events = CLOSERS.flatMap((closer) => TAGS.map((tag) => `${closer}<${tag}=${CALL}>`));

const schemes = ['javascript:', 'JaVaScRiPt:', 'java\tscript:', '\u0001javascript:', 'data:text/html,<script>', 'vbscript:', 'view-source:javascript:', 'blob:javascript:', 'https://x@javascript:', 'https://[javascript:', 'https://example.org/"onmouseover="', 'https://example.org/\'><script>', 'http://example.org/<svg/onload='].map(
  (scheme) => scheme + CALL,
);

const others = [
  `<script>${CALL}</script>`,
  `<script src=data:text/javascript,${CALL}></script>`,
  `<scr<script>ipt>${CALL}</scr</script>ipt>`,
  `<SCRIPT>${CALL}</SCRIPT>`,
  `<script/x>${CALL}</script/x>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${CALL}>`,
  `<svg><script>${CALL}</script></svg>`,
  `<svg><a xlink:href="javascript:${CALL}"><text>x</text></a></svg>`,
  `<svg><animate onbegin=${CALL} attributeName=x dur=1s>`,
  `<a href="javascript:${CALL}">x</a>`,
  `<form action="javascript:${CALL}"><button>x</button></form>`,
  `<button formaction="javascript:${CALL}">x</button>`,
  `<meta http-equiv=refresh content="0;url=javascript:${CALL}">`,
  `<base href="javascript:${CALL}//">`,
  `<iframe srcdoc="<script>parent.${CALL}</script>"></iframe>`,
  `<template><script>${CALL}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${CALL}>">`,
  `<![CDATA[<script>${CALL}</script>]]>`,
  `<!--[if IE]><script>${CALL}</script><![endif]-->`,
  `<?xml-stylesheet href="javascript:${CALL}"?>`,
  `&lt;script&gt;${CALL}&lt;/script&gt;`,
  `&#60;script&#62;${CALL}&#60;/script&#62;`,
  `\\u003cscript\\u003e${CALL}\\u003c/script\\u003e`,
  `%3Cscript%3E${CALL}%3C/script%3E`,
  '${' + CALL + '}',
  '{{' + CALL + '}}',
  `{{constructor.constructor('${CALL}')()}}`,
  `';${CALL};//`,
  `";${CALL};//`,
  `\`;${CALL};//`,
  `\\";${CALL};//`,
  `</body></html><script>${CALL}</script>`,
  `expression(${CALL})`,
  `@import 'javascript:${CALL}'`,
  `"><x onclick=${CALL} style=position:fixed;inset:0>`,
  `__proto__`,
  `constructor`,
  `toString`,
  `hasOwnProperty`,
  `null`,
  `undefined`,
  `\u202e<script>${CALL}</script>\u202c`,
  `\ufeff<img src=x onerror=${CALL}>`,
  `<img src=x\u00a0onerror=${CALL}>`,
  `<img\u000csrc=x\u000conerror=${CALL}>`,
  `Z\u0335\u0321a\u0337l\u0334go<script>${CALL}</script>`,
  `👩‍👩‍👧‍👦<svg/onload=${CALL}>`,
  `مرحبا<img src=x onerror=${CALL}>`,
  `\ud83d<script>${CALL}</script>`,
  `</message></stream:stream><script>${CALL}</script>`,
  `<body xmlns="http://www.w3.org/1999/xhtml"><script>${CALL}</script></body>`,
  `<xi:include href="file:///etc/passwd"/>`,
];

export const HOSTILE: readonly string[] = [...events, ...schemes, ...others].slice(0, 200);

/** Runs in every page and frame before all else: whatever runs, asks, or leaves where nothing should, is written down. */
export function setTrap(): void {
  const trapped: string[] = [];
  Object.assign(window, {
    __trapped: (what: unknown) => trapped.push(String(what)),
    __whatWasTrapped: trapped,
  });
  for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'] as const) {
    Object.assign(window, { [name]: () => trapped.push(name) });
  }
}

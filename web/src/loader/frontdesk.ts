/**
 * The loader: the button on the site's page, and `window.frontdesk`. It brings the window (an iframe) when it is first
 * needed, and keeps for it what must outlive a reload, in the page's own session storage: an iframe of another site may
 * be denied any.
 */
import type { Context, ToPage, ToWindow } from '../between';
import { makeButton, type Button } from './button';
import { keep, recall } from './keeping';

type Listener = (detail?: unknown) => void;
type Call = [name: string, ...args: unknown[]];
type Api = Record<string, (...args: any[]) => unknown>;

const script = document.currentScript as HTMLScriptElement;
const wishes = script.dataset;
const desk = new URL(script.src).origin;
const root = document.documentElement;

const listeners: Record<string, Listener[]> = {};
let context: Context = {};
let token = '';
let locale = wishes['locale'] || root.lang || navigator.language;
let shown = false;
/** The window has been greeted: it hears. */
let greeted = false;
let frame: HTMLIFrameElement | undefined;
let button: Button | undefined;

const api: Api = {
  open: () => show(true),
  close: () => show(false),
  toggle: () => show(!shown),
  setGuest(newToken: string) {
    token = newToken;
    tell({ say: 'token', token });
  },
  setContext(fields: Context) {
    context = { ...context, ...fields };
    tell({ say: 'context', context });
  },
  setLocale(tag: string) {
    locale = tag;
    button?.name(locale);
    tell({ say: 'locale', locale });
  },
  reset() {
    keep('kept', '');
    keep('live', '');
    tell({ say: 'reset' });
  },
  /** Gives back a function that ends it. */
  on(event: string, listener: Listener) {
    (listeners[event] ??= []).push(listener);
    return () => (listeners[event] = listeners[event]!.filter((other) => other !== listener));
  },
  /** Calls made before we were there; later ones work as well. */
  push: (...calls: Call[]) => calls.forEach(([name, ...args]) => api[name]?.(...args)),
};

function show(wanted: boolean): void {
  if (shown === wanted) return;
  shown = wanted;
  keep('shown', shown ? '1' : '');
  if (shown) bring();
  button?.show(shown);
  tell({ say: 'shown', shown });
  emit(shown ? 'open' : 'close');
}

function bring(): void {
  frame ??= button?.frame(`${desk}/frame`, greet);
}

function greet(): void {
  greeted = true;
  tell({
    say: 'hello',
    kept: recall('kept'),
    shown,
    token,
    context: { page: location.href, ...context },
    wishes: { ...wishes, locale, dir: getComputedStyle(root).direction },
  });
}

function tell(message: ToWindow): void {
  if (greeted) frame!.contentWindow!.postMessage(message, desk);
}

function emit(event: string, detail?: unknown): void {
  listeners[event]?.forEach((listener) => listener(detail));
}

addEventListener('message', ({ origin, source, data }: MessageEvent<ToPage>) => {
  if (origin !== desk || !frame || source !== frame.contentWindow) return;
  switch (data?.say) {
    case 'keep':
      keep('kept', data.kept ?? '');
      return keep('live', data.live ? '1' : '');
    case 'close':
      show(false);
      return button!.focus();
    case 'unread':
      button!.count(data.count);
      return emit('unread', data.count);
    case 'look':
      return button!.paint(data.colour);
    case 'happened':
      return emit(data.what, data.detail);
  }
});

function begin(): void {
  button = makeButton(locale, wishes, api['toggle']!);
  if (recall('live')) bring();
  if (shown || recall('shown')) {
    shown = true;
    bring();
    button.show(true);
  }
}

const page = window as { frontdesk?: unknown };
const queue = page.frontdesk;
page.frontdesk = api;
if (Array.isArray(queue)) api['push']!(...queue);
if (document.body) begin();
else addEventListener('DOMContentLoaded', begin);

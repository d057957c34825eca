/** Where the window lives: in an iframe of a site, or as a page of its own. */
import type { ToPage, ToWindow } from '../between';

export type Hello = Extract<ToWindow, { say: 'hello' }>;

export interface Host {
  /** Waits for the page's greeting; later messages go to the listener. */
  greeting: Promise<Hello>;
  listen(listener: (message: ToWindow) => void): void;
  tell(message: ToPage): void;
  /** Whether there is a page around us that can hide us. */
  framed: boolean;
}

/** `sites`: origins whose pages may have us; known a moment after the page may have greeted us. */
export function hostOfThis(sites: Promise<string[]>): Host {
  return window.parent === window ? ownPage() : framed(sites);
}

/**
 * We listen to our parent only, and only where its origin is one of the desk's sites; whoever greets us first is whom we
 * talk to from then on, and nobody else reads it.
 */
function framed(sites: Promise<string[]>): Host {
  let page: string | undefined;
  let listener: (message: ToWindow) => void = () => {};
  const greeting = new Promise<Hello>((greeted) => {
    addEventListener('message', (event: MessageEvent) => {
      if (event.source !== window.parent) return;
      sites.then((allowed) => {
        if (!allowed.includes(event.origin) || (page !== undefined && page !== event.origin)) return;
        const message = event.data as ToWindow;
        if (message?.say === 'hello') {
          page = event.origin;
          greeted(message);
        } else if (page !== undefined) {
          listener(message);
        }
      }, ignore);
    });
  });
  return {
    greeting,
    listen: (wanted) => (listener = wanted),
    tell: (message) => page !== undefined && window.parent.postMessage(message, page),
    framed: true,
  };
}

/** Whoever waits for the sites as well says what went wrong. */
function ignore(): void {}

const KEPT = 'frontdesk.kept';

/** Alone: the storage is our own. */
function ownPage(): Host {
  const read = () => {
    try {
      return sessionStorage.getItem(KEPT);
    } catch {
      return null;
    }
  };
  const keep = (text: string | null) => {
    try {
      if (text === null) sessionStorage.removeItem(KEPT);
      else sessionStorage.setItem(KEPT, text);
    } catch {
      // Storage is full or denied: the chat then lives as long as the page.
    }
  };
  const wishes = new URLSearchParams(location.search);
  const context = Object.fromEntries(['department', 'name', 'subject'].flatMap((name) => (wishes.get(name) ? [[name, wishes.get(name)!]] : [])));
  const locale = wishes.get('locale');
  return {
    greeting: Promise.resolve({
      say: 'hello',
      kept: read(),
      shown: true,
      token: '',
      context: { page: document.referrer || location.href, ...context },
      wishes: locale ? { locale } : {},
    }),
    listen: () => {},
    tell: (message) => message.say === 'keep' && keep(message.kept),
    framed: false,
  };
}

/**
 * What the loader on the site's page and the window in the iframe say to each other by `postMessage`.
 * Each side takes messages of the other's origin and window only; what is said here is still checked where it is used.
 */

/** Fields of the guest form that a site may set: see docs/protocol.md. */
export interface Context {
  page?: string;
  department?: string;
  name?: string;
  customer_id?: string;
  subject?: string;
}

/** How a site wants the window to look and speak; all optional. */
export interface Wishes {
  title?: string;
  colour?: string;
  locale?: string;
  dir?: string;
}

/** What the page tells the window. */
export type ToWindow =
  | { say: 'hello'; kept: string | null; shown: boolean; token: string; context: Context; wishes: Wishes }
  | { say: 'shown'; shown: boolean }
  | { say: 'token'; token: string }
  | { say: 'context'; context: Context }
  | { say: 'locale'; locale: string }
  | { say: 'reset' };

/** What happens in the window that a site may want to know. */
export type Happening = 'started' | 'ended' | 'rated';

/** What the window tells the page. */
export type ToPage =
  | { say: 'keep'; kept: string | null; live: boolean }
  | { say: 'close' }
  | { say: 'unread'; count: number }
  | { say: 'happened'; what: Happening; detail?: unknown }
  | { say: 'look'; colour: string };

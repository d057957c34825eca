/** What the window knows. One object; only `decide.ts` changes it. */
import type { Context } from '../../between';
import type { Moment } from './event';
import type { Heard, Line } from './line';

/** A room of the guest's own, and the way back into it. */
export interface Room {
  /** Bare JID. */
  jid: string;
  password: string;
}

/** What a guest was asked before the chat, by field name. */
export type Answers = Partial<Record<Field, string>>;
export type Field = 'name' | 'email' | 'department' | 'customer_id' | 'question';

/** How far the chat is. */
export type Stage =
  /** Nothing was asked yet; `problem`: it was, and could not be. */
  | { at: 'asking'; problem?: true; answers?: Answers }
  /** `invited`: the desk was called. `inside`: we are in the room, and have caught up. */
  | { at: 'open'; room: Room; answers: Answers; invited: boolean; inside: boolean; catchingUp?: CatchingUp }
  /** `since`: milliseconds since 1970. */
  | { at: 'over'; why: Ending; room: Room; since: number };

/** `left`: by the guest. `closed`: by the desk. `gone`: away for longer than the grace. `removed`: shown the door. */
export type Ending = 'left' | 'closed' | 'gone' | 'removed';

/** Lines that came while we come back in, held until it is known what was before them. */
export interface CatchingUp {
  /** From the archive. */
  archived: Heard[];
  pages: number;
  /** From the room's history. */
  held: Heard[];
  historyEnded: boolean;
  /** Said since. */
  live: Heard[];
}

export function newCatchingUp(): CatchingUp {
  return { archived: [], pages: 0, held: [], historyEnded: false, live: [] };
}

/** How the chat stands, by the desk's own word: `urn:frontdesk:state:0` in docs/protocol.md. */
export interface Standing {
  stage: 'waiting' | 'offered' | 'serving' | 'closed';
  operator?: string;
  position?: number;
  /** Seconds. */
  wait?: number;
  closedHours?: boolean;
  opens?: string;
  mayLeaveMessage?: boolean;
}

/** The way to the server. */
export type Link =
  | { is: 'down' }
  | { is: 'connecting' }
  | { is: 'up' }
  /** Until `retryAt` (milliseconds, monotonic); never by itself where it is `undefined`. */
  | { is: 'lost'; retryAt: number | undefined };

/** Somebody in the room. */
export interface Occupant {
  nick: string;
  kind: 'guest' | 'operator' | 'desk';
}

/** A line that the room has not confirmed yet. */
export interface Unsent {
  id: string;
  text: string;
  at: number;
  /** The room refused it. */
  refused?: boolean;
}

/** What a guest thinks of it. */
export interface Rating {
  value: 'up' | 'down';
  words: string;
}

/** A rating that the server does not have yet, for certain. */
export interface OwedRating {
  rating: Rating;
  room: string;
  /** The id of what the desk said last: with another address, that is how it knows us. */
  heard?: string;
  /** Afterwards nobody takes it any more; milliseconds since 1970. */
  until: number;
}

/** What this window must know of its desk, from `config.json`. */
export interface Desk {
  jid: string;
  nick: string;
  service: string;
  /** What only operators may say to it, behind a `!`. */
  orders: readonly string[];
}

export interface Model {
  desk: Desk;
  stage: Stage;
  link: Link;
  /** Attempts in a row that did not bring us into the room. */
  failures: number;
  /** The device says that it has no network. */
  offline: boolean;
  lines: Line[];
  unsent: Unsent[];
  /** Nicks that are, or were, ours. */
  nicks: string[];
  /** As whom the desk is in the room. */
  deskNick: string;
  occupants: Map<string, Occupant>;
  standing: Standing | undefined;
  /** Whoever types, and until when that is believed (monotonic). */
  typing: Map<string, number>;
  draft: string;
  /** We told the room that we type; until when without another key (monotonic). */
  typingUntil: number | undefined;
  /** The desk was called, and said nothing: when to admit it (monotonic). */
  patienceUntil: number | undefined;
  deskIsSilent: boolean;
  /** Until when a connection stays that has no chat (monotonic). */
  idleUntil: number | undefined;
  rating?: Rating;
  owedRating?: OwedRating;
  shown: boolean;
  unread: number;
  /** Who the guest is, and where: what the site says. */
  token: string;
  context: Context;
  language: string;
}

export function newModel(desk: Desk): Model {
  return {
    desk,
    stage: { at: 'asking' },
    link: { is: 'down' },
    failures: 0,
    offline: false,
    lines: [],
    unsent: [],
    nicks: [],
    deskNick: desk.nick,
    occupants: new Map(),
    standing: undefined,
    typing: new Map(),
    draft: '',
    typingUntil: undefined,
    patienceUntil: undefined,
    deskIsSilent: false,
    idleUntil: undefined,
    shown: false,
    unread: 0,
    token: '',
    context: {},
    language: 'en',
  };
}

const RETRY_MILLISECONDS = [300, 1_000, 2_000, 4_000, 8_000, 15_000];

/** The link is gone: when to try again. The more often it failed the later, and not all windows in the same moment. */
export function backOff(model: Model, now: Moment): Link {
  if (model.offline) return { is: 'lost', retryAt: undefined };
  const pause = RETRY_MILLISECONDS[Math.min(model.failures, RETRY_MILLISECONDS.length - 1)]!;
  const jitter = 0.75 + (parseInt(now.random().slice(0, 2), 36) / 1_296) * 0.5;
  model.failures += 1;
  return { is: 'lost', retryAt: now.steady + pause * jitter };
}

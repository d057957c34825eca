/** A stanza becomes events. What does not come from our room is not read at all. */
import type { Event } from '../chat/event';
import type { Heard } from '../chat/line';
import type { Standing } from '../chat/model';
import { ns } from './names';

/** Whom the stanzas are for. */
export interface Reader {
  /** The room that we are in, or enter; bare JID. */
  room: string;
  /** The desk's account, and its nick in the room. */
  desk: string;
  deskNick: string;
  /** BCP 47. */
  language: string;
}

/** A presence of the room. */
export function readPresence(stanza: Element, reader: Reader): Event[] {
  const nick = nickIn(stanza, reader.room);
  if (nick === undefined) return [];
  const type = stanza.getAttribute('type');
  if (type === 'error') return [{ is: 'enteringRefused', condition: condition(stanza) }];
  const user = child(stanza, 'x', ns.roomUser);
  const item = user && child(user, 'item', ns.roomUser);
  const statuses = user ? children(user, 'status').map((status) => status.getAttribute('code')) : [];
  const own = statuses.includes('110');
  if (type === 'unavailable') return readDeparture(nick, own, statuses, user, item);
  if (type !== null) return [];
  const events: Event[] = [{ is: 'appeared', nick, owner: item?.getAttribute('affiliation') === 'owner' }];
  if (own) events.unshift({ is: 'entered', nick, created: statuses.includes('201') });
  return events;
}

function readDeparture(nick: string, own: boolean, statuses: (string | null)[], user?: Element, item?: Element): Event[] {
  if (user && child(user, 'destroy', ns.roomUser)) return [{ is: 'removed', how: 'destroyed' }];
  if (statuses.includes('303')) return [{ is: 'vanished', nick, renamedTo: item?.getAttribute('nick') ?? nick }];
  if (!own) return [{ is: 'vanished', nick }];
  const shownOut = statuses.some((status) => ['301', '307', '321', '322'].includes(status ?? '')) && !statuses.includes('333');
  return [{ is: 'removed', how: shownOut ? 'shownOut' : 'otherwise' }];
}

/** A message of the room, live or from its history, or of the desk to the guest alone. */
export function readMessage(stanza: Element, reader: Reader): Event[] {
  const from = bare(stanza.getAttribute('from'));
  if (from === reader.desk) return readDirect(stanza, reader);
  if (from !== reader.room) return [];
  const type = stanza.getAttribute('type');
  if (type === 'error') return [{ is: 'refused', id: stanza.getAttribute('id') ?? '' }];
  return type === 'groupchat' ? readGroupchat(stanza, reader) : [];
}

/** What the desk cannot say in the room, because it does not come: too many guests, for example. */
function readDirect(stanza: Element, reader: Reader): Event[] {
  if (stanza.getAttribute('type') === 'error' || child(stanza, 'x', ns.invitation)) return [];
  const line = readLine(stanza, reader.deskNick, reader, sentAt(stanza));
  return line ? [{ is: 'heard', line }] : [];
}

function readGroupchat(stanza: Element, reader: Reader): Event[] {
  const nick = nickIn(stanza, reader.room);
  const line = nick === undefined ? undefined : readLine(stanza, nick, reader, sentAt(stanza));
  const events: Event[] = line ? [{ is: 'heard', line }] : [];
  if (nick !== undefined) events.push(...readTyping(stanza, nick), ...readStanding(stanza, nick));
  const subject = !line && child(stanza, 'subject', clientOf(stanza)) && !child(stanza, 'body', clientOf(stanza));
  if (subject) events.push({ is: 'historyEnded' });
  return events;
}

/** A result of the archive (XEP-0313), inside the message that carries it. */
export function readResult(result: Element, reader: Reader): Heard | undefined {
  const forwarded = child(result, 'forwarded', ns.forward);
  const stanza = forwarded && [...forwarded.children].find((one) => one.localName === 'message');
  const nick = stanza && nickIn(stanza, reader.room);
  if (!stanza || nick === undefined || stanza.getAttribute('type') !== 'groupchat') return undefined;
  const line = readLine(stanza, nick, reader, sentAt(forwarded));
  return line && { ...line, stanzaId: result.getAttribute('id') ?? '' };
}

function readLine(stanza: Element, nick: string, reader: Reader, at: number): Heard | undefined {
  const text = bodyIn(stanza, reader.language);
  if (!text) return undefined;
  const stanzaId = children(stanza, 'stanza-id').find((one) => one.getAttribute('by') === reader.room)?.getAttribute('id');
  const corrects = child(stanza, 'replace', ns.correction)?.getAttribute('id');
  const id = stanza.getAttribute('id') ?? child(stanza, 'origin-id', ns.stanzaId)?.getAttribute('id') ?? '';
  return { id, nick, text, at, ...(stanzaId && { stanzaId }), ...(corrects && { corrects }) };
}

/** The body in the guest's language, or the first (RFC 6121, 5.2.3). */
function bodyIn(stanza: Element, language: string): string {
  const bodies = children(stanza, 'body').filter((body) => body.namespaceURI === clientOf(stanza));
  const fits = bodies.find((body) => body.getAttribute('xml:lang')?.startsWith(language));
  return (fits ?? bodies[0])?.textContent ?? '';
}

function readTyping(stanza: Element, nick: string): Event[] {
  const state = [...stanza.children].find((one) => one.namespaceURI === ns.chatStates);
  if (!state || child(stanza, 'delay', ns.delay)) return [];
  return [{ is: 'typed', nick, composing: state.localName === 'composing' }];
}

function readStanding(stanza: Element, nick: string): Event[] {
  const state = child(stanza, 'state', ns.state);
  const stage = state?.getAttribute('stage');
  if (!state || !(stage === 'waiting' || stage === 'offered' || stage === 'serving' || stage === 'closed')) return [];
  const standing: Standing = { stage };
  const position = numberIn(state, 'position');
  const wait = numberIn(state, 'wait');
  const operator = state.getAttribute('operator');
  const opens = state.getAttribute('opens');
  if (position) standing.position = position;
  if (wait !== undefined) standing.wait = wait;
  if (operator) standing.operator = operator;
  if (opens) standing.opens = opens;
  if (state.getAttribute('hours') === 'closed') standing.closedHours = true;
  if (state.getAttribute('message') === '1') standing.mayLeaveMessage = true;
  return [{ is: 'stood', nick, standing }];
}

function numberIn(element: Element, name: string): number | undefined {
  const text = element.getAttribute(name);
  return text && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** When it was said: by the room's own stamp where it is old. */
function sentAt(stanza: Element): number {
  const stamp = child(stanza, 'delay', ns.delay)?.getAttribute('stamp');
  const at = stamp ? Date.parse(stamp) : Number.NaN;
  return Number.isNaN(at) ? Date.now() : at;
}

/** The resource of `from`, where the rest is our room. */
function nickIn(stanza: Element, room: string): string | undefined {
  const from = stanza.getAttribute('from') ?? '';
  if (bare(from) !== room) return undefined;
  return from.length > room.length ? from.slice(room.length + 1) : undefined;
}

export function bare(jid: string | null): string {
  return (jid ?? '').split('/', 1)[0]!;
}

/** The defined condition of an error (RFC 6120, 8.3.3). */
export function condition(stanza: Element): string {
  const error = children(stanza, 'error')[0];
  const found = error && [...error.children].find((one) => one.namespaceURI === ns.stanzas && one.localName !== 'text');
  return found?.localName ?? 'undefined-condition';
}

export function child(parent: Element, name: string, namespace: string): Element | undefined {
  return [...parent.children].find((one) => one.localName === name && one.namespaceURI === namespace);
}

function children(parent: Element, name: string): Element[] {
  return [...parent.children].filter((one) => one.localName === name);
}

/** COMPAT: over WebSocket a stanza may come without a namespace of its own. */
function clientOf(stanza: Element): string {
  return stanza.namespaceURI ?? '';
}

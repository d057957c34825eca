/** What was said, each line once, in the room's order. */

export type Speaker = 'guest' | 'operator' | 'desk';

/** A line as it came from the room. */
export interface Heard {
  /** The sender's id of the message, or its origin-id (XEP-0359). */
  id: string;
  /** The room's own id of it (XEP-0359), where the room gives any. */
  stanzaId?: string;
  nick: string;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The id of the line that this one puts right (XEP-0308). */
  corrects?: string;
}

/** A line of the chat. */
export interface Line extends Heard {
  speaker: Speaker;
  edited?: boolean;
  /** An operator's word to the desk (`!transfer bob`): it is no word to the guest, and is not shown. */
  order?: boolean;
}

/** More lines than this are not kept; the oldest go first. */
export const LINES_MAX = 500;

/** Whether a line is there already. Without the room's own ids a sender's id alone is no proof: it may come twice. */
export function isKnown(lines: readonly Line[], heard: Heard): boolean {
  return lines.some((line) =>
    heard.stanzaId && line.stanzaId
      ? line.stanzaId === heard.stanzaId
      : line.id === heard.id && line.nick === heard.nick && line.text === heard.text,
  );
}

/** A `!` and a name, as the desk reads it. */
const ORDER = /^!([\p{L}-]{1,20})(?:\s|$)/u;

/** Is it something that an operator tells the desk to do? `orders`: what there is, in lower case. "!!!" and "!important" are words. */
export function isOrder(text: string, speaker: Speaker, orders: readonly string[]): boolean {
  const name = speaker === 'operator' && ORDER.exec(text.trim())?.[1];
  return Boolean(name) && orders.includes((name as string).toLowerCase());
}

/** Lines that are for the guest. */
export function forGuest(lines: readonly Line[]): Line[] {
  return lines.filter(({ order }) => !order);
}

/** Adds a line, or corrects an earlier one of the same nick; `false` where it was known. `order`: it is none for the guest. */
export function add(lines: Line[], heard: Heard, speaker: Speaker, order = false): boolean {
  if (isKnown(lines, heard)) return false;
  const earlier = heard.corrects && lines.findLast((line) => line.id === heard.corrects && line.nick === heard.nick);
  if (earlier) {
    earlier.text = heard.text;
    earlier.edited = true;
    earlier.order = order;
    return false;
  }
  lines.push({ ...heard, speaker, ...(order && { order }) });
  if (lines.length > LINES_MAX) lines.splice(0, lines.length - LINES_MAX);
  return true;
}

/** The room's id of the last line that has one: where to go on from. */
export function lastStanzaId(lines: readonly Line[]): string | undefined {
  return lines.findLast((line) => line.stanzaId)?.stanzaId;
}

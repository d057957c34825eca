/** Tells a story to the pure chat: events go in, actions are looked at. The clock and the dice are ours. */
import assert from 'node:assert/strict';
import type { Action } from '../../src/window/chat/action';
import { decide, nextDeadline } from '../../src/window/chat/decide';
import type { Event } from '../../src/window/chat/event';
import type { Heard } from '../../src/window/chat/line';
import { newModel, type Model } from '../../src/window/chat/model';
import { kept, restore } from '../../src/window/chat/keeping';

export const DESK = { jid: 'support@chat.example', nick: 'Support', service: 'rooms.chat.example', orders: ['close', 'transfer'] };

export class Story {
  model: Model = newModel(DESK);
  private now = 1_000;
  private dice = 0;

  /** What came of it, in short: `say Hello`. */
  happen(...events: Event[]): string[] {
    return events.flatMap((event) => decide(this.model, event, this.moment())).map(short);
  }

  wait(milliseconds: number): string[] {
    this.now += milliseconds;
    return this.happen({ is: 'timePassed' });
  }

  /** Goes on to the next deadline. */
  waitForDeadline(): string[] {
    const at = nextDeadline(this.model);
    if (at === undefined) throw new Error('nothing is due');
    return this.wait(at - this.now);
  }

  /** The same, and how long it took. */
  waitForDeadlineAndTell(): number {
    const before = this.now;
    assert.deepEqual(this.waitForDeadline(), ['connect']);
    return this.now - before;
  }

  /** The page is reloaded: what was kept comes back. */
  reload(): void {
    const text = kept(this.model);
    this.model = newModel(DESK);
    if (text !== null) restore(this.model, text);
  }

  ask(text = 'Does it fly?'): string[] {
    return this.happen({ is: 'asked', answers: { question: text }, text, nick: 'Guest' });
  }

  /** Asked, and in the room with the desk. */
  served(): void {
    this.ask();
    this.happen({ is: 'linked' }, { is: 'entered', nick: 'Guest', created: true }, { is: 'appeared', nick: 'Guest', owner: true });
    this.echo();
    this.happen({ is: 'appeared', nick: 'Support', owner: true });
    this.hear('Support', 'Welcome');
  }

  hear(nick: string, text: string, more: Partial<Heard> = {}): string[] {
    return this.happen({ is: 'heard', line: said(nick, text, more) });
  }

  /** The room repeats all that we said. */
  echo(): void {
    for (const { id, text } of this.model.unsent) this.hear(this.model.nicks.at(-1)!, text, { id });
  }

  texts(): string[] {
    return this.model.lines.map(({ speaker, text }) => `${speaker}: ${text}`);
  }

  private moment() {
    return { wall: 1_700_000_000_000 + this.now, steady: this.now, random: () => `r${this.dice++}` };
  }
}

let ids = 0;

export function said(nick: string, text: string, more: Partial<Heard> = {}): Heard {
  ids += 1;
  return { id: `m${ids}`, stanzaId: `s${ids}`, nick, text, at: 1_700_000_000_000 + ids, ...more };
}

function short(action: Action): string {
  switch (action.do) {
    case 'enter':
      return `enter as ${action.nick}`;
    case 'say':
      return `say ${action.text}`;
    case 'invite':
      return `invite about ${action.subject}`;
    case 'tellTyping':
      return `tell ${action.state}`;
    case 'rate':
      return `rate ${action.owed.rating.value}`;
    case 'readArchive':
      return `readArchive after ${action.after}`;
    case 'tellSite':
      return `tellSite ${action.what}`;
    default:
      return action.do;
  }
}

/** What was said, as bubbles. */
import { forGuest, type Line, type Speaker } from '../chat/line';
import type { Model, Unsent } from '../chat/model';
import type { Speech } from '../words';
import { arrange, attribute, make } from './dom';
import { icon } from './icons';
import { linked } from './links';

/** Lines of one person within so much time stand together, under one name. */
const TOGETHER_MILLISECONDS = 180_000;
/** Whoever is nearer to the end than this follows it. */
const NEAR_PIXELS = 60;

interface Shown {
  id: string;
  speaker: Speaker;
  name: string;
  text: string;
  at: number;
  edited: boolean;
  state: 'said' | 'sending' | 'refused' | 'unsaid';
}

export class Log {
  readonly element: HTMLElement;
  private readonly list = make('div', { class: 'lines' });
  private readonly bubbles = new Map<string, Bubble>();
  private last: string | undefined;
  /** The reader is at the end, and stays there when something comes. */
  private follows = true;

  constructor(private readonly sendAgain: (id: string) => void) {
    const onscroll = () => (this.follows = this.isAtTheEnd());
    this.element = make('section', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: 0, onscroll }, this.list);
    new ResizeObserver(() => this.follow()).observe(this.element);
  }

  show(model: Model, speech: Speech): void {
    attribute(this.element, 'aria-label', speech.words.log);
    const said = forGuest(model.lines).map((line, at, lines) => asShown(line, at, lines, speech));
    const lines = [...said, ...model.unsent.map((one) => unsaid(one, model.stage.at === 'over', speech))];
    const keys = new Set(lines.map(({ id }) => id));
    for (const key of this.bubbles.keys()) if (!keys.has(key)) this.bubbles.delete(key);
    const elements = lines.map((line, at) => this.bubble(line, lines[at - 1], speech));
    arrange(this.list, elements);
    const newest = lines.at(-1);
    if (newest?.id !== this.last && newest?.speaker === 'guest') this.follows = true;
    this.last = newest?.id;
  }

  /** To the end, when all has its place. */
  follow(): void {
    if (this.follows) this.element.scrollTop = this.element.scrollHeight;
  }

  private isAtTheEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_PIXELS;
  }

  private bubble(line: Shown, before: Shown | undefined, speech: Speech): HTMLElement {
    let bubble = this.bubbles.get(line.id);
    if (!bubble) {
      bubble = new Bubble(() => this.sendAgain(line.id.slice(OWN.length)));
      this.bubbles.set(line.id, bubble);
    }
    const together = before && before.speaker === line.speaker && before.name === line.name && line.at - before.at < TOGETHER_MILLISECONDS;
    bubble.show(line, Boolean(together), speech);
    return bubble.element;
  }
}

/** Own lines keep their bubble when the room confirms them: their key is the id alone. */
const OWN = 'own ';

function asShown(line: Line, at: number, lines: readonly Line[], { words }: Speech): Shown {
  const twice = lines.findIndex(({ id, nick }) => id === line.id && nick === line.nick) !== at;
  const key = line.speaker === 'guest' ? OWN + line.id : `${line.nick} ${line.id}`;
  const name = line.speaker === 'guest' ? words.you : line.nick;
  return { id: twice ? `${key} ${line.stanzaId ?? at}` : key, speaker: line.speaker, name, text: line.text, at: line.at, edited: line.edited ?? false, state: 'said' };
}

/** What was not said before the end never is. */
function unsaid({ id, text, at, refused }: Unsent, over: boolean, { words }: Speech): Shown {
  return { id: OWN + id, speaker: 'guest', name: words.you, text, at, edited: false, state: over ? 'unsaid' : refused ? 'refused' : 'sending' };
}

class Bubble {
  readonly element: HTMLElement;
  private readonly by = make('p', { class: 'by' });
  private readonly words = make('p', { class: 'words', dir: 'auto' });
  private readonly note = make('p', { class: 'note' });
  private shown = '';

  constructor(private readonly again: () => void) {
    this.element = make('div', { class: 'line' }, this.by, this.words, this.note);
  }

  /** Nothing is touched that is as it was: a log speaks at each change. */
  show(line: Shown, together: boolean, speech: Speech): void {
    const now = JSON.stringify([line, together, speech.locale]);
    if (now === this.shown) return;
    this.shown = now;
    attribute(this.element, 'class', `line ${line.speaker} ${line.state}${together ? ' together' : ''}`);
    this.by.replaceChildren(...byline(line, speech));
    this.words.replaceChildren(...written(line, speech));
    this.showNote(line, speech);
  }

  private showNote(line: Shown, { words }: Speech): void {
    if (line.state === 'refused') {
      this.note.replaceChildren(make('button', { type: 'button', class: 'again', onclick: this.again }, words.notSent));
    } else {
      const notes = { said: line.edited && words.edited, sending: words.sending, unsaid: words.unsaid };
      const note = notes[line.state];
      this.note.replaceChildren(...(note ? [make('bdi', {}, note)] : []));
    }
  }
}

/** The desk writes what can be typed between backquotes. */
function written({ text, speaker }: Shown, { words }: Speech): (Node | string)[] {
  if (speaker !== 'desk') return linked(text, words.opensInTab);
  return text.split(/`([^`\n]+)`/u).flatMap((part, at) => (at % 2 ? [make('code', {}, part)] : linked(part, words.opensInTab)));
}

function byline(line: Shown, { words, locale }: Speech): (Node | string)[] {
  const at = new Date(line.at);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
  const name = make('b', { dir: 'auto' }, line.name);
  const stamp = make('time', { datetime: at.toISOString() }, time);
  if (line.speaker === 'desk') return [icon('bell'), name, make('i', {}, words.automatic), stamp];
  if (line.speaker === 'operator') return [make('span', { class: 'initial', 'aria-hidden': 'true' }, initial(line.name)), name, stamp];
  return [name, stamp];
}

function initial(name: string): string {
  return [...name][0]?.toUpperCase() ?? '';
}

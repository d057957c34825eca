/**
 * The window. It carries events to the chat, performs what the chat asks for, and shows the outcome: the only loop.
 * What must be kept is kept before anything is said, so that a reload in between loses nothing.
 */
import type { Context, ToWindow, Wishes } from '../between';
import { isColour } from '../colour';
import { decide, nextDeadline } from './chat/decide';
import type { Event, Moment } from './chat/event';
import { kept, restore } from './chat/keeping';
import { forGuest } from './chat/line';
import { newModel, type Answers, type Model } from './chat/model';
import { fetchConfig, socketAddress, type Config } from './config';
import { hostOfThis, type Hello, type Host } from './host';
import { nickFor } from './nick';
import { showUnavailable } from './show/unavailable';
import { View } from './show/view';
import { asText, save } from './take-along';
import { primary, speech, type Speech } from './words';
import { Link } from './xmpp/link';

/** A draft is kept when nothing was typed for so long. */
const DRAFT_MILLISECONDS = 300;

class GuestWindow {
  private readonly model: Model;
  private readonly link: Link;
  private readonly view: View;
  private readonly queue: Event[] = [];
  private wishes: Wishes;
  private speech: Speech;
  private pageShown: boolean;
  private deadline: ReturnType<typeof setTimeout> | undefined;
  private drafted: ReturnType<typeof setTimeout> | undefined;
  private lastKept: string | null = null;
  private lastUnread = 0;

  constructor(
    private config: Config,
    private readonly host: Host,
    hello: Hello,
  ) {
    this.model = newModel({ jid: config.desk, nick: config.nick, service: config.service, orders: config.orders });
    this.wishes = hello.wishes;
    this.pageShown = hello.shown;
    this.speech = this.chooseSpeech();
    const address = { socket: socketAddress(config), domain: config.domain };
    this.link = new Link(address, () => this.surroundings(), (event) => this.happen(event));
    this.view = new View({
      happen: (event) => this.happen(event),
      ask: (answers) => this.ask(answers),
      takeAlong: () => this.takeAlong(),
      hide: host.framed ? () => host.tell({ say: 'close' }) : undefined,
    });
    if (hello.kept) restore(this.model, hello.kept);
    this.lastKept = hello.kept;
  }

  begin(hello: Hello): void {
    this.host.listen((message) => this.listen(message));
    this.host.tell({ say: 'look', colour: this.look().colour });
    this.attend();
    this.happen({ is: 'introduced', token: hello.token, context: plain(hello.context) });
    this.happen({ is: 'languageChosen', language: this.language() });
    this.happen({ is: 'shown', shown: this.isShown() });
    if (!navigator.onLine) this.happen({ is: 'networkLost' });
    this.happen({ is: 'resumed' });
    this.view.focus();
  }

  /** One event after the other, also those that come of what we do. */
  happen(event: Event): void {
    this.queue.push(event);
    if (this.queue.length > 1) return;
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      this.turn(next);
      this.queue.shift();
    }
    this.wait();
  }

  /** Remember, then speak, then show. */
  private turn(event: Event): void {
    const actions = decide(this.model, event, moment());
    if (event.is === 'drafted') this.keepSoon();
    else this.keep();
    for (const action of actions) {
      if (action.do === 'tellSite') this.host.tell({ say: 'happened', what: action.what, detail: action.detail });
      else this.link.perform(action);
    }
    if (this.model.unread !== this.lastUnread) this.host.tell({ say: 'unread', count: this.model.unread });
    this.lastUnread = this.model.unread;
    this.view.show(this.model, this.config, this.look(), this.speech);
  }

  private wait(): void {
    clearTimeout(this.deadline);
    const at = nextDeadline(this.model);
    if (at !== undefined) this.deadline = setTimeout(() => this.happen({ is: 'timePassed' }), Math.max(0, at - performance.now()));
  }

  private keep(): void {
    clearTimeout(this.drafted);
    const text = kept(this.model);
    if (text === this.lastKept) return;
    this.lastKept = text;
    const live = this.model.stage.at === 'open' || this.model.owedRating !== undefined;
    this.host.tell({ say: 'keep', kept: text, live });
  }

  private keepSoon(): void {
    clearTimeout(this.drafted);
    this.drafted = setTimeout(() => this.keep(), DRAFT_MILLISECONDS);
  }

  /** What the device tells us. */
  private attend(): void {
    addEventListener('offline', () => this.happen({ is: 'networkLost' }));
    addEventListener('online', () => this.happen({ is: 'networkBack' }));
    addEventListener('pageshow', () => this.link.doubt());
    document.addEventListener('visibilitychange', () => {
      this.keep();
      this.link.doubt();
      this.happen({ is: 'shown', shown: this.isShown() });
    });
  }

  private listen(message: ToWindow): void {
    switch (message.say) {
      case 'shown':
        return this.showOrHide(message.shown);
      case 'token':
        return this.happen({ is: 'introduced', token: String(message.token) });
      case 'context':
        return this.happen({ is: 'introduced', context: plain(message.context) });
      case 'locale':
        return this.changeLocale(message.locale);
      case 'reset':
        return this.happen({ is: 'begunAnew' });
      case 'hello':
        return;
    }
  }

  private showOrHide(shown: boolean): void {
    this.pageShown = shown;
    this.happen({ is: 'shown', shown: this.isShown() });
    if (!shown) return;
    this.view.focus();
    if (this.model.stage.at === 'asking') void this.refresh();
  }

  /** The hours may have changed since. */
  private async refresh(): Promise<void> {
    this.config = await fetchConfig().catch(() => this.config);
    this.view.show(this.model, this.config, this.look(), this.speech);
  }

  private changeLocale(locale: string): void {
    const { dir: _, ...wishes } = this.wishes;
    this.wishes = { ...wishes, locale: String(locale) };
    this.speech = this.chooseSpeech();
    this.happen({ is: 'languageChosen', language: this.language() });
  }

  private ask(answers: Answers): void {
    const { model, speech, config } = this;
    const { email, question, ...others } = answers;
    const subject = question || model.context.subject || others.department || speech.words.guest;
    const text = email ? `${subject}\n${speech.words.email}: ${email}` : subject;
    const nick = nickFor(others.name || model.context.name, speech.words.guest, config.nick);
    this.happen({ is: 'asked', answers: { ...others, question: subject, ...(email && { email }) }, text, nick });
  }

  private takeAlong(): void {
    const name = `${this.look().title.replace(/[^\p{L}\p{N}]+/gu, '-')}.txt`;
    save(asText(forGuest(this.model.lines), this.look().title, this.speech), name);
  }

  private isShown(): boolean {
    return this.pageShown && document.visibilityState === 'visible';
  }

  private look(): { title: string; colour: string } {
    const { title, colour } = this.wishes;
    return { title: title || this.config.title || this.speech.words.title, colour: isColour(colour) ? colour : this.config.colour };
  }

  private chooseSpeech(): Speech {
    const { locale, dir } = this.wishes;
    const chosen = speech(locale, ...navigator.languages);
    return dir === undefined ? chosen : { ...chosen, rightToLeft: dir === 'rtl' };
  }

  private language(): string {
    return primary(this.wishes.locale || this.speech.locale);
  }

  private surroundings() {
    const { model, speech } = this;
    const { stage, desk, deskNick, nicks, context, token } = model;
    const room = stage.at === 'asking' ? '' : stage.room.jid;
    const answers = stage.at === 'open' ? stage.answers : {};
    const guest = { answers, context, token, language: model.language };
    return { room, desk: desk.jid, deskNick, language: primary(speech.locale), nick: nicks.at(-1) ?? '', guest };
  }
}

function moment(): Moment {
  return { wall: Date.now(), steady: performance.now(), random: randomWord };
}

/** 128 random bits, letters and digits. */
function randomWord(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A site may hand us anything: only short strings go on. */
function plain(context: Context | undefined): Context {
  const entries = Object.entries(context ?? {}).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value).slice(0, 2_000)]));
}

async function start(): Promise<void> {
  const config = fetchConfig();
  const sites = config.then(({ sites, address }) => [location.origin, ...(address ? [new URL(address).origin] : []), ...sites]);
  const host = hostOfThis(sites);
  const guestWindow = new GuestWindow(await config, host, await host.greeting);
  guestWindow.begin(await host.greeting);
}

function tryToStart(): void {
  start().catch(() => showUnavailable(speech(document.documentElement.lang, ...navigator.languages), () => location.reload()));
}

tryToStart();

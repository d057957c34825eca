/** The whole window: what the model says, shown. It decides nothing. */
import { readableOn } from '../../colour';
import type { Event } from '../chat/event';
import type { Answers, Model } from '../chat/model';
import type { Config } from '../config';
import type { Speech } from '../words';
import { Composer } from './composer';
import { attribute, make, write } from './dom';
import { Farewell } from './farewell';
import { icon } from './icons';
import { Log } from './log';
import { Questions } from './questions';
import { listed, opening, stateLine } from './state-line';

export interface Wiring {
  happen(event: Event): void;
  ask(answers: Answers): void;
  takeAlong(): void;
  /** `undefined` where the window is a page of its own. */
  hide: (() => void) | undefined;
}

export interface Look {
  title: string;
  colour: string;
}

export class View {
  private readonly title = make('h1');
  // `bdi`: words of another direction than the page's keep their full stop where it belongs.
  private readonly stateWords = make('bdi');
  private readonly state = make('p', { class: 'state', role: 'status' }, this.stateWords);
  private readonly save = button('save', () => this.wiring.takeAlong());
  private readonly end = make('button', { type: 'button', class: 'end', onclick: () => this.wishToEnd() });
  private readonly hide = button('hide', () => this.wiring.hide?.());
  private readonly intro = make('p', { class: 'intro' });
  private readonly typingWords = make('bdi');
  private readonly typing = make('p', { class: 'typing', 'aria-live': 'polite' }, this.typingWords);
  private readonly log = new Log((id) => this.wiring.happen({ is: 'sentAgain', id }));
  private readonly composer = new Composer((text) => this.send(text), (draft) => this.wiring.happen({ is: 'drafted', draft }));
  private readonly questions = new Questions((answers) => this.wiring.ask(answers), (draft) => this.wiring.happen({ is: 'drafted', draft }));
  private readonly farewell: Farewell;
  private readonly main = make('main', {});
  private ending = false;
  private stage: Model['stage']['at'] | undefined;
  private shown: { model: Model; config: Config; look: Look; speech: Speech } | undefined;

  constructor(private readonly wiring: Wiring) {
    this.farewell = new Farewell({
      end: (rating) => wiring.happen({ is: 'ended', ...(rating && { rating }) }),
      rate: (rating) => wiring.happen({ is: 'rated', rating }),
      back: () => this.goBack(),
      beginAnew: () => this.beginAnew(),
    });
    const buttons = make('div', { class: 'buttons' }, this.save, this.end, wiring.hide ? this.hide : null);
    this.main.append(this.intro, this.log.element, this.typing, this.questions.element, this.composer.element, this.farewell.element);
    document.body.replaceChildren(make('header', {}, make('div', { class: 'top' }, this.title, buttons), this.state), this.main);
    document.addEventListener('keydown', (event) => this.press(event));
  }

  show(model: Model, config: Config, look: Look, speech: Speech): void {
    this.shown = { model, config, look, speech };
    this.dress(look, speech);
    this.showHeader(model, config, look, speech);
    this.showBody(model, config, speech);
    this.log.follow();
    if (this.stage !== undefined && this.stage !== model.stage.at) this.focus();
    this.stage = model.stage.at;
  }

  /** Where the guest goes on. */
  focus(): void {
    if (!this.shown?.model.shown) return;
    if (!this.composer.element.hidden) this.composer.focus();
    else if (!this.questions.element.hidden) this.questions.focus();
    else this.farewell.focus();
  }

  private dress({ colour }: Look, speech: Speech): void {
    const { style, lang } = document.documentElement;
    style.setProperty('--colour', colour);
    style.setProperty('--on-colour', readableOn(colour));
    if (lang !== speech.locale) document.documentElement.lang = speech.locale;
    document.documentElement.dir = speech.rightToLeft ? 'rtl' : 'ltr';
  }

  private showHeader(model: Model, config: Config, look: Look, speech: Speech): void {
    const { words } = speech;
    write(this.title, look.title);
    document.title = model.unread > 0 ? `(${model.unread}) ${look.title}` : look.title;
    const line = stateLine(model, config, speech);
    write(this.stateWords, line.text);
    attribute(this.state, 'class', `state ${line.tone}`);
    write(this.end, words.end);
    this.save.hidden = model.lines.length === 0;
    this.end.hidden = model.stage.at !== 'open';
    for (const [element, text] of [[this.save, words.takeAlong], [this.end, words.endChat], [this.hide, words.close]] as const) {
      attribute(element, 'aria-label', text);
      attribute(element, 'title', text);
    }
  }

  private showBody(model: Model, config: Config, speech: Speech): void {
    const { stage } = model;
    if (stage.at !== 'open') this.ending = false;
    const form = config.open ? config.form : config.form_closed;
    const before = stage.at === 'asking';
    const asksFirst = before && form.length > 0;
    write(this.intro, config.open ? speech.words.intro : speech.words.introClosed(opening(config.opens, speech)));
    this.intro.hidden = !before;
    this.log.element.hidden = before;
    this.questions.element.hidden = !asksFirst;
    this.farewell.element.hidden = !(this.ending || stage.at === 'over');
    this.composer.element.hidden = asksFirst || !this.farewell.element.hidden;
    attribute(this.main, 'class', stage.at);
    if (asksFirst) this.questions.show(config, stage.answers ?? {}, model.draft, stage.problem ?? false, speech);
    this.log.show(model, speech);
    this.composer.show(model.draft, speech);
    const typing = [...model.typing.keys()];
    write(this.typingWords, typing.length > 0 ? speech.words.typing(listed(typing, speech.locale), typing.length > 1) : '');
    if (!this.farewell.element.hidden) this.farewell.show(model, this.ending, speech);
  }

  /** The first thing typed is the question, where nothing else is asked. */
  private send(text: string): void {
    if (this.shown?.model.stage.at === 'asking') this.wiring.ask({ question: text });
    else this.wiring.happen({ is: 'wrote', text });
  }

  private wishToEnd(): void {
    this.ending = true;
    this.showAgain();
    this.farewell.focus();
  }

  private goBack(): void {
    this.ending = false;
    this.showAgain();
    this.composer.focus();
  }

  private beginAnew(): void {
    this.farewell.forget();
    this.questions.forget();
    this.wiring.happen({ is: 'begunAnew' });
  }

  private press(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing) return;
    if (this.ending) this.goBack();
    else this.wiring.hide?.();
  }

  private showAgain(): void {
    if (!this.shown) return;
    const { model, config, look, speech } = this.shown;
    this.show(model, config, look, speech);
  }
}

function button(name: 'save' | 'hide', pressed: () => void): HTMLButtonElement {
  return make('button', { type: 'button', class: name, onclick: pressed }, icon(name));
}

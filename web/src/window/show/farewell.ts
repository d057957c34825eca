/** The end: how was it, and what now. */
import type { Model, Rating } from '../chat/model';
import type { Speech, Words } from '../words';
import { make } from './dom';
import { icon } from './icons';

const WORDS_LENGTH_MAX = 1_000;

export interface Choices {
  end(rating?: Rating): void;
  rate(rating: Rating): void;
  back(): void;
  beginAnew(): void;
}

export class Farewell {
  readonly element = make('section', { class: 'farewell' });
  private value: Rating['value'] | undefined;
  private readonly why = make('textarea', { rows: 2, maxlength: WORDS_LENGTH_MAX, dir: 'auto' });
  private built = '';

  constructor(private readonly choices: Choices) {}

  /** `ending`: the guest wishes to end a chat that is still open. */
  show(model: Model, ending: boolean, speech: Speech): void {
    // As long as it still counts; where there is no network, it is sent when there is one.
    const asks = !model.rating && (ending || model.idleUntil !== undefined);
    const thanks = model.rating && (model.owedRating && model.link.is !== 'up' ? speech.words.ratingWaits : speech.words.thanks);
    const now = JSON.stringify([ending, asks, thanks, this.value, speech.locale]);
    if (now === this.built) return;
    this.built = now;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['name'] : undefined;
    const { words } = speech;
    this.element.replaceChildren(
      ...(asks ? this.question(words, () => this.show(model, ending, speech)) : []),
      ...(thanks ? [make('p', { class: 'thanks' }, thanks)] : []),
      ending ? this.ending(words) : this.ended(words, asks),
    );
    if (focused) this.element.querySelector<HTMLElement>(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  focus(): void {
    this.element.querySelector('button')?.focus();
  }

  forget(): void {
    this.value = undefined;
    this.why.value = '';
  }

  private question(words: Words, again: () => void): HTMLElement[] {
    const thumb = (value: Rating['value'], text: string) =>
      make(
        'button',
        {
          type: 'button',
          class: 'thumb',
          'data-name': value,
          'aria-pressed': String(this.value === value),
          onclick: () => {
            this.value = this.value === value ? undefined : value;
            again();
          },
        },
        icon(value === 'up' ? 'good' : 'bad'),
        text,
      );
    this.why.setAttribute('aria-label', words.rateWords);
    this.why.setAttribute('placeholder', words.rateWords);
    return [
      make('h2', { id: 'how' }, words.rateTitle),
      make('div', { class: 'thumbs', role: 'group', 'aria-labelledby': 'how' }, thumb('up', words.good), thumb('down', words.bad)),
      ...(this.value ? [this.why] : []),
    ];
  }

  private ending(words: Words): HTMLElement {
    return make(
      'div',
      { class: 'choices' },
      make('button', { type: 'button', class: 'secondary', onclick: () => this.choices.back() }, words.back),
      make('button', { type: 'button', class: 'primary', onclick: () => this.choices.end(this.rating()) }, words.endNow),
    );
  }

  private ended(words: Words, asks: boolean): HTMLElement {
    const rating = this.rating();
    return make(
      'div',
      { class: 'choices' },
      asks && rating && make('button', { type: 'button', class: 'secondary', onclick: () => this.choices.rate(this.rating()!) }, words.sendRating),
      make('button', { type: 'button', class: 'primary', onclick: () => this.choices.beginAnew() }, words.newChat),
    );
  }

  private rating(): Rating | undefined {
    return this.value && { value: this.value, words: this.why.value.trim() };
  }
}

/** Where the guest writes. Enter sends, Shift and Enter begin a new line. */
import type { Speech } from '../words';
import { attribute, make } from './dom';
import { icon } from './icons';

/** Characters; with the worst escapes it still fits into a frame of the door (64 KiB). */
export const TEXT_LENGTH_MAX = 5_000;
const HEIGHT_MAX_PIXELS = 132;

export class Composer {
  readonly element: HTMLFormElement;
  private readonly text: HTMLTextAreaElement;
  private readonly button: HTMLButtonElement;

  constructor(
    private readonly send: (text: string) => void,
    private readonly drafted: (draft: string) => void,
  ) {
    this.text = make('textarea', {
      rows: 1,
      maxlength: TEXT_LENGTH_MAX,
      dir: 'auto',
      enterkeyhint: 'send',
      oninput: () => this.change(),
      onkeydown: (event) => this.press(event),
    });
    this.button = make('button', { type: 'submit', class: 'send' }, icon('send'));
    this.element = make('form', { class: 'composer', novalidate: true, onsubmit: (event) => this.submit(event) }, this.text, this.button);
  }

  show(draft: string, { words }: Speech): void {
    attribute(this.text, 'aria-label', words.write);
    attribute(this.text, 'placeholder', `${words.write} …`);
    attribute(this.button, 'aria-label', words.send);
    attribute(this.button, 'title', words.send);
    if (this.text.value !== draft) {
      this.text.value = draft;
      this.fit();
    }
    // Not `disabled`: whoever tabs through must find it, and hear what it is.
    attribute(this.button, 'aria-disabled', draft.trim() === '' ? 'true' : undefined);
  }

  focus(): void {
    this.text.focus();
  }

  private change(): void {
    this.fit();
    this.drafted(this.text.value);
  }

  private press(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.text.value.trim();
    if (text !== '') this.send(text);
    this.text.focus();
  }

  /** As high as what is written, up to a limit. */
  private fit(): void {
    this.text.style.height = 'auto';
    this.text.style.height = `${Math.min(this.text.scrollHeight, HEIGHT_MAX_PIXELS)}px`;
  }
}

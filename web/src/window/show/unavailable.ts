/** The desk's own server does not answer: nothing else can be shown. */
import type { Speech } from '../words';
import { make } from './dom';

export function showUnavailable({ words }: Speech, again: () => void): void {
  document.title = words.title;
  document.body.replaceChildren(
    make('header', {}, make('div', { class: 'top' }, make('h1', {}, words.title))),
    make(
      'main',
      { class: 'unavailable' },
      make('p', { class: 'problem', role: 'alert' }, words.noDesk),
      make('button', { type: 'button', class: 'primary', onclick: again }, words.again),
    ),
  );
}

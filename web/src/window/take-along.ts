/** The transcript, as a text file to take along. */
import type { Line } from './chat/line';
import type { Speech } from './words';

export function asText(lines: readonly Line[], title: string, { words, locale }: Speech): string {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const began = lines[0] ? date.format(lines[0].at) : '';
  const said = lines.map(({ at, speaker, nick, text }) => {
    const name = speaker === 'guest' ? words.you : nick;
    return `[${time.format(at)}] ${name}: ${text.replaceAll('\n', '\n    ')}`;
  });
  return [`${title} · ${words.transcript(began)}`, '', ...said, ''].join('\n');
}

/** Gives a text to the guest as a file. */
export function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

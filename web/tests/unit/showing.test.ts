/** What is shown of texts, names, times and states; and how large it all is. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { luminance, readableOn } from '../../src/colour';
import type { Occupant } from '../../src/window/chat/model';
import { nickFor } from '../../src/window/nick';
import { pieces } from '../../src/window/show/links';
import { stateLine } from '../../src/window/show/state-line';
import { asText } from '../../src/window/take-along';
import { speech } from '../../src/window/words';
import { legal } from '../../src/window/xmpp/legal';
import { Story } from './story';

const OPEN = { open: true, opens: null };
const ENGLISH = speech('en');

test('links are what begins with http, without the sentence around them', () => {
  const links = (text: string) => pieces(text).flatMap(({ href }) => (href ? [href] : []));
  assert.deepEqual(links('see https://example.org/a?b=1&c=2.'), ['https://example.org/a?b=1&c=2']);
  assert.deepEqual(links('(http://example.org/x) and https://example.org/y_(z), too'), ['http://example.org/x', 'https://example.org/y_(z)']);
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'https://', 'http://user:word@example.org/', 'mailto:a@example.org', 'HTTPS//x'])
    assert.deepEqual(links(text), [], text);
});

test('the pieces of a text are the text', () => {
  for (const text of ['', 'no link', 'https://example.org', 'a https://example.org/b\nc https://d.example e'])
    assert.equal(pieces(text).map((piece) => piece.text).join(''), text);
});

test('nicks are plain, short, and not the desk’s', () => {
  assert.equal(nickFor('  Kim\u0000 \u202e\n Lee ', 'Guest', 'Support'), 'Kim Lee');
  assert.equal(nickFor('sUPPORT', 'Guest', 'Support'), 'Guest');
  assert.equal(nickFor('\u200b', 'Guest', 'Support'), 'Guest');
  assert.equal([...nickFor('😀'.repeat(60), 'Guest', 'Support')].length, 40);
});

test('what XML cannot carry is left out', () => {
  assert.equal(legal('a\u0000b\u0008c\ud800d\ufffee\tf\n😀'), 'abcde\tf\n😀');
});

test('what is written on a colour can be read', () => {
  for (const colour of ['#1f5fbf', '#0b6e5f', '#ffcc00', '#ffffff', '#000000', '#777777', '#e5007d', '#00b894']) {
    const [one, other] = [luminance(colour), luminance(readableOn(colour))].sort((a, b) => b - a) as [number, number];
    assert.ok((one + 0.05) / (other + 0.05) >= 4.5, colour);
  }
});

test('the state line says where the guest stands', () => {
  const story = new Story();
  const line = () => stateLine(story.model, OPEN, ENGLISH).text;
  assert.equal(line(), 'We are here to help');
  story.ask();
  assert.equal(line(), 'Connecting …');
  story.happen({ is: 'linked' }, { is: 'entered', nick: 'Guest', created: true });
  assert.equal(line(), 'Calling the help desk …');
  const stand = (standing: Parameters<typeof story.happen>[0] & { is: 'stood' }) => story.happen(standing);
  stand({ is: 'stood', nick: 'Support', standing: { stage: 'waiting', position: 2, wait: 170 } });
  assert.equal(line(), 'You are second in line · about 3 minutes');
  stand({ is: 'stood', nick: 'Support', standing: { stage: 'offered', operator: 'Ann' } });
  assert.equal(line(), 'Ann is being called …');
  stand({ is: 'stood', nick: 'Support', standing: { stage: 'serving', operator: 'Ann' } });
  assert.equal(line(), 'Ann is here');
  story.happen({ is: 'networkLost' });
  assert.equal(line(), 'No network. We go on when it is back.');
  story.happen({ is: 'networkBack' });
  assert.equal(line(), 'Connection lost. Reconnecting …');
});

test('several operators are listed as the language does', () => {
  const story = new Story();
  story.served();
  const here = (nick: string): [string, Occupant] => [nick, { nick, kind: 'operator' }];
  story.model.occupants = new Map([here('Ann'), here('Bob')]);
  const line = (tag: string) => stateLine(story.model, OPEN, speech(tag)).text;
  assert.deepEqual([line('en'), line('de'), line('es')], ['Ann and Bob are here', 'Ann und Bob sind da', 'Le atienden Ann y Bob']);
});

test('a language that we do not speak is answered in the next one, in its own direction', () => {
  assert.equal(speech('de-AT').words.title, 'Online-Hilfe');
  assert.equal(speech('ar', 'fr').words.title, 'Aide en ligne');
  assert.equal(speech('ar').rightToLeft, true);
  assert.equal(speech('not a tag', undefined).words.title, 'Online help');
});

test('the transcript is text that can be read', () => {
  const story = new Story();
  story.served();
  story.hear('Alice', 'first\nsecond');
  const text = asText(story.model.lines, 'Shop', ENGLISH);
  assert.match(text, /^Shop · Chat of .+\n\n\[.+\] You: Does it fly\?\n\[.+\] Support: Welcome\n\[.+\] Alice: first\n    second\n$/u);
});

test('the loader and the window are small', () => {
  const dist = join(process.cwd(), 'dist');
  const size = (names: string[]) => names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);
  const names = readdirSync(dist);
  const loader = size(['frontdesk.js']);
  const window = size(names.filter((name) => name.startsWith('window-') || name === 'frame.html'));
  console.log(`gzipped: loader ${loader} bytes, window ${window} bytes`);
  assert.ok(loader <= 2_500, `the loader is ${loader} bytes`);
  assert.ok(window <= 35_000, `the window is ${window} bytes`);
});

/** One guest, one operator, from the click to the end. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Guest, closeBrowser } from './guest';
import { Stage } from './stage';

let stage: Stage;

before(async () => {
  stage = await Stage.set({ operators: ['alice', 'bob'] });
  await stage.do({ do: 'login', who: 'alice' });
});
after(async () => {
  await closeBrowser();
  await (stage as Stage | undefined)?.end();
});

test('what comes while the window is hidden is counted on the button', async () => {
  const guest = await Guest.at(`${stage.address}/demo`);
  await guest.click();
  await guest.ask('Do you have blue ones?');
  await stage.do({ do: 'accept', who: 'alice' });
  await guest.window.getByRole('button', { name: 'Hide the window' }).click();
  await guest.page.locator('iframe:not(.shown)').waitFor({ state: 'attached' });
  await stage.do({ do: 'say', who: 'alice', words: 'We have.' });
  await stage.do({ do: 'say', who: 'alice', words: 'Two of them.' });
  await guest.page.getByRole('button', { name: /Online help\s*[23]/ }).waitFor();
  await guest.picture('08-unread');
  await guest.button.click();
  await guest.sees('Two of them.');
  await guest.page.getByRole('button', { name: /^Online help$/ }).waitFor();
  await guest.leave();
});

test('an operator closes the chat: it can be rated, and a new one begun', async () => {
  const guest = await Guest.chatting(stage.address);
  await guest.ask('Are you there?');
  await stage.do({ do: 'accept', who: 'alice' });
  await guest.stateIs('Alice is here');
  await stage.do({ do: 'say', who: 'alice', words: '!close' });
  await guest.stateIs('The chat has ended');
  await guest.window.getByRole('button', { name: 'Not good' }).click();
  await guest.picture('09-closed-by-the-desk');
  await guest.window.getByRole('button', { name: 'Send' }).click();
  await guest.window.getByText('Thank you for telling us.').waitFor();
  await guest.window.getByRole('button', { name: 'Start a new chat' }).click();
  await guest.window.getByRole('button', { name: 'Start the chat' }).waitFor();
  assert.deepEqual(await guest.lines(), []);
  await guest.leave();
});

test('a first chat, handed over, taken along, rated and ended', async () => {
  const guest = await Guest.at(`${stage.address}/demo`);
  await guest.picture('01-shop');
  await guest.click();
  await guest.picture('02-window');
  await guest.ask('My teapot whistles in B flat.\nIs that normal?');
  await guest.picture('03-waiting');

  await stage.do({ do: 'accept', who: 'alice' });
  await guest.stateIs('Alice is here');
  await stage.do({ do: 'say', who: 'alice', words: 'Good morning! See https://example.org/pots?a=1&b=2.' });
  await guest.sees('Good morning!');
  const link = guest.window.getByRole('link', { name: 'https://example.org/pots?a=1&b=2' });
  assert.deepEqual([await link.getAttribute('rel'), await link.getAttribute('target')], ['noopener noreferrer nofollow', '_blank']);

  await stage.do({ do: 'type', who: 'alice', state: 'composing' });
  await guest.window.getByText('Alice is typing …').waitFor();
  await guest.composer.fill('It is');
  await stage.do({ do: 'see_typing', who: 'alice' });
  await guest.picture('04-typing');
  await guest.write('It is new.');
  await stage.do({ do: 'hear', who: 'alice', words: 'It is new.' });
  await stage.do({ do: 'pour', who: 'alice', words: ['All of them do thta.'] });
  await guest.sees('thta');
  await stage.do({ do: 'correct', who: 'alice', words: 'All of them do that.' });
  await guest.sees('All of them do that.');

  await stage.do({ do: 'login', who: 'bob' });
  await stage.do({ do: 'say', who: 'alice', words: '!transfer bob' });
  await stage.do({ do: 'accept', who: 'bob' });
  await stage.do({ do: 'say', who: 'bob', words: 'I know B flat well.' });
  await guest.sees('I know B flat well.');
  await guest.stateIs('Bob');
  await guest.picture('05-handed-over');

  assert.deepEqual(await guest.talk(), [
    'guest: My teapot whistles in B flat.\nIs that normal?',
    'operator: Good morning! See https://example.org/pots?a=1&b=2.',
    'guest: It is new.',
    'operator: All of them do that.',
    'operator: I know B flat well.',
  ]);

  const downloading = guest.page.waitForEvent('download');
  await guest.window.getByRole('button', { name: 'Save the transcript' }).click();
  const file = await (await downloading).path();
  const transcript = await readFile(file, 'utf8');
  assert.match(transcript, /You: My teapot whistles in B flat\.\n {4}Is that normal\?/);
  assert.doesNotMatch(transcript, /!transfer/);

  await guest.window.getByRole('button', { name: 'End the chat' }).click();
  await guest.window.getByRole('button', { name: 'Good', exact: true }).click();
  await guest.window.getByRole('textbox', { name: 'Would you like to say why?' }).fill('Patient and musical.');
  await guest.picture('06-rating');
  await guest.window.locator('.choices').getByRole('button', { name: 'End the chat' }).click();
  await guest.stateIs('You have ended the chat');
  await guest.picture('07-ended');
  await stage.do({ do: 'see_going', who: 'bob', nick: 'Guest' });
  const chats = await stage.do<{ id: number }[]>({ do: 'chats' });
  const { id } = chats.reduce((one, other) => (one.id > other.id ? one : other));
  const rating = await stage.do<{ thumb: string }>({ do: 'rating', chat: id, words: 'Patient and musical.' });
  assert.equal(rating.thumb, 'up');
  assert.deepEqual(guest.mistakes, []);
  await guest.leave();
});

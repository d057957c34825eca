/** Reloads, cuts and other tabs: the same chat, and every line once. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Guest, closeBrowser } from './guest';
import { Stage } from './stage';

/** As long as the outage. */
const OUTAGE_MILLISECONDS = 8_000;

let stage: Stage;
let guest: Guest;

before(async () => {
  stage = await Stage.set({ operators: ['alice'], guest_grace_seconds: 12 });
  await stage.do({ do: 'login', who: 'alice' });
});
after(async () => {
  await closeBrowser();
  await (stage as Stage | undefined)?.end();
});

beforeEach(async () => {
  guest = await Guest.at(`${stage.address}/demo`);
  await guest.click();
  await guest.ask('Where is my parcel?');
  await stage.do({ do: 'accept', who: 'alice' });
  await stage.do({ do: 'say', who: 'alice', words: 'Let me look.' });
  await guest.sees('Let me look.');
});

test('a reload, with more said meanwhile than the room’s history tells', async () => {
  await guest.write('Thank you.');
  await stage.do({ do: 'hear', who: 'alice', words: 'Thank you.' });
  await guest.composer.fill('half a sent');
  await guest.page.waitForFunction(() => sessionStorage.getItem('frontdesk.kept')?.includes('half a sent'));
  await guest.page.goto('about:blank');
  await stage.do({ do: 'see_going', who: 'alice', nick: 'Guest' });
  const said = Array.from({ length: 30 }, (_, number) => `Parcel ${number + 1} is not yours.`);
  await stage.do({ do: 'pour', who: 'alice', words: said });
  await stage.do({ do: 'say', who: 'alice', words: 'Here it is.' });
  await guest.page.goBack();
  await guest.sees('Here it is.');
  await guest.stateIs('Alice is here');
  assert.equal(await guest.composer.inputValue(), 'half a sent');
  assert.deepEqual(await guest.talk(), [
    'guest: Where is my parcel?',
    'operator: Let me look.',
    'guest: Thank you.',
    ...said.map((words) => `operator: ${words}`),
    'operator: Here it is.',
  ]);
  await guest.write('That is it!');
  assert.equal(await stage.do({ do: 'hear', who: 'alice', words: 'That is it!' }), 'Guest');
  await finish();
});

test('a second tab has a chat of its own; a copy of the first one has the same', async () => {
  const fresh = Guest.in(guest.context, await guest.context.newPage());
  await fresh.page.goto(`${stage.address}/demo`);
  await fresh.click();
  await fresh.window.getByText('Hello! What can we do for you?').waitFor();
  await fresh.page.close();

  const opening = guest.context.waitForEvent('page');
  await guest.page.evaluate(() => void window.open(location.href));
  const copy = Guest.in(guest.context, await opening);
  await copy.sees('Let me look.');
  await copy.stateIs('Alice is here');
  await copy.write('I am in the copy now.');
  assert.equal(await stage.do({ do: 'hear', who: 'alice', words: 'in the copy' }), 'Guest (2)');
  await guest.sees('I am in the copy now.');
  assert.deepEqual(await guest.talk(), await copy.talk());
  assert.deepEqual(await copy.talk(), ['guest: Where is my parcel?', 'operator: Let me look.', 'guest: I am in the copy now.']);
  await finish();
});

test('eight seconds without a network: nothing is lost, nothing is said twice', async () => {
  await guest.context.setOffline(true);
  await guest.stateIs('No network. We go on when it is back.');
  const cut = guest.page.waitForTimeout(OUTAGE_MILLISECONDS);
  await guest.write('Can you hear me?');
  await guest.composer.fill('a draft');
  await stage.do({ do: 'say', who: 'alice', words: 'It was sent on Monday.' });
  await guest.picture('10-offline');
  await cut;
  await guest.context.setOffline(false);
  await guest.sees('It was sent on Monday.');
  await stage.do({ do: 'hear', who: 'alice', words: 'Can you hear me?' });
  await guest.window.locator('.line.guest.said', { hasText: 'Can you hear me?' }).waitFor();
  assert.equal(await guest.composer.inputValue(), 'a draft');
  assert.deepEqual(await guest.talk(), [
    'guest: Where is my parcel?',
    'operator: Let me look.',
    'operator: It was sent on Monday.',
    'guest: Can you hear me?',
  ]);
  await finish();
});

test('a closed tab is noticed within a second, and the old lines are there when it is opened too late', async () => {
  const kept = await guest.page.evaluate(() => ({ ...sessionStorage }));
  const closed = await stage.do<number>({ do: 'clock' });
  await guest.page.close({ runBeforeUnload: false });
  const seen = await stage.do<number>({ do: 'see_going', who: 'alice', nick: 'Guest' });
  console.log(`tab closed, seen by the operator after ${Math.round(seen - closed)} ms`);
  assert.ok(seen - closed < 1_000, `${seen - closed} ms`);
  await stage.do({ do: 'see_end', who: 'alice' });

  const page = await guest.context.newPage();
  await page.addInitScript((kept) => Object.assign(sessionStorage, kept), kept);
  const late = Guest.in(guest.context, page);
  await page.goto(`${stage.address}/demo`);
  await late.stateIs('The chat ended while you were away');
  assert.deepEqual(await late.talk(), ['guest: Where is my parcel?', 'operator: Let me look.']);
  await late.picture('11-gone');
  await late.window.getByRole('button', { name: 'Start a new chat' }).click();
  await late.ask('Hello again');
  await stage.do({ do: 'accept', who: 'alice' });
  await late.page.evaluate(() => (window as any).frontdesk.reset());
  await late.window.getByText('Hello! What can we do for you?').waitFor();
  await stage.do({ do: 'see_end', who: 'alice' });
  await guest.leave();
});

/** The guest ends the chat; the desk closes it after the grace, while the next one begins. */
async function finish(): Promise<void> {
  await guest.window.getByRole('button', { name: 'End the chat' }).click();
  await guest.window.locator('.choices').getByRole('button', { name: 'End the chat' }).click();
  assert.deepEqual(guest.mistakes, []);
  await guest.leave();
}

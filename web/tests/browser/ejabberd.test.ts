/** The same on the other server: a chat, a reload, a closed tab. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Guest, closeBrowser } from './guest';
import { Stage } from './stage';

let stage: Stage;

before(async () => {
  stage = await Stage.set({ server: 'ejabberd', operators: ['alice'], guest_grace_seconds: 5 });
  await stage.do({ do: 'login', who: 'alice' });
});
after(async () => {
  await closeBrowser();
  await (stage as Stage | undefined)?.end();
});

test('a chat, a reload with more said than the history tells, and a closed tab', async () => {
  const guest = await Guest.at(`${stage.address}/demo`);
  await guest.click();
  await guest.ask('Do you deliver?');
  await stage.do({ do: 'accept', who: 'alice' });
  await stage.do({ do: 'say', who: 'alice', words: 'We do.' });
  await guest.sees('We do.');
  await guest.write('Where to?');
  await stage.do({ do: 'hear', who: 'alice', words: 'Where to?' });
  await guest.page.goto('about:blank');
  await stage.do({ do: 'see_going', who: 'alice', nick: 'Guest' });
  const said = Array.from({ length: 25 }, (_, number) => `To place ${number + 1}.`);
  for (const words of said) await stage.do({ do: 'say', who: 'alice', words });
  await guest.page.goBack();
  await guest.sees('To place 25.');
  await guest.stateIs('Alice is here');
  assert.deepEqual(await guest.talk(), ['guest: Do you deliver?', 'operator: We do.', 'guest: Where to?', ...said.map((words) => `operator: ${words}`)]);
  assert.deepEqual(guest.mistakes, []);
  const closed = await stage.do<number>({ do: 'clock' });
  await guest.leave();
  const seen = await stage.do<number>({ do: 'see_going', who: 'alice', nick: 'Guest' });
  console.log(`tab closed, seen by the operator after ${Math.round(seen - closed)} ms`);
  assert.ok(seen - closed < 1_000, `${seen - closed} ms`);
});

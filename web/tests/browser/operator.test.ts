/** An operator at a browser: Converse.js as it is released, served by the desk, and a guest at the window. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Guest, closeBrowser, newContext, picture } from './guest';
import { Stage } from './stage';

/** `scripts/test-web` has put it there. */
const CLIENT = process.env['FRONTDESK_CONVERSE'] ?? join(process.cwd(), '../target/converse');

after(closeBrowser);

for (const server of ['prosody', 'ejabberd'] as const) {
  test(`at /operator a guest is answered: ${server}`, async (t) => {
    assert.ok(existsSync(join(CLIENT, 'dist/converse.min.js')), `there is no Converse.js in ${CLIENT}: scripts/converse fetches it`);
    const stage = await Stage.set({ server, operators: ['alice'], operator_dir: CLIENT });
    t.after(() => stage.end());
    // Somebody who has worked here before: the desk may see whether she is there.
    await stage.do({ do: 'login', who: 'alice' });
    await stage.do({ do: 'logout', who: 'alice' });

    const context = await newContext({});
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(stage.place.operator_address);
    await page.locator('input[name="jid"]').fill('alice');
    await page.locator('input[name="password"]').fill(stage.place.passwords['alice']!);
    await page.locator('input[type="submit"], button[type="submit"]').first().click();
    await page.getByText('I am online').waitFor();

    const guest = await Guest.at(`${stage.address}/demo`);
    t.after(() => guest.leave());
    await guest.click();
    await guest.ask('Do you deliver to islands?');
    // Her client enters where it is invited, and whoever enters has the chat.
    await guest.stateIs('Alice is here');
    const room = page.locator('converse-muc');
    await room.getByText('Do you deliver to islands?').first().waitFor();
    await page.getByText('Chat 1: Guest').first().waitFor();
    const composer = room.locator('textarea.chat-textarea');
    await composer.fill('We do, on Tuesdays.');
    await composer.press('Enter');
    await guest.sees('We do, on Tuesdays.');
    await guest.write('Thank you!');
    await room.getByText('Thank you!').first().waitFor();
    await picture(page, `60-operator-${server}`);
    assert.deepEqual(await guest.talk(), ['guest: Do you deliver to islands?', 'operator: We do, on Tuesdays.', 'guest: Thank you!']);

    await composer.fill('!close delivered');
    await composer.press('Enter');
    await guest.stateIs('The chat has ended');
    await stage.do({ do: 'wait_for_stage', stage: 'closed' });
    const [chat] = await stage.do<{ outcome: string; operator: string }[]>({ do: 'chats' });
    assert.deepEqual([chat?.outcome, chat?.operator], ['answered', 'alice@chat.example']);
    assert.deepEqual(guest.mistakes, []);
  });
}

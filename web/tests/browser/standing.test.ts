/** What the real desk says of how a chat stands, and what becomes of a rating, on both servers. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Guest, closeBrowser } from './guest';
import { Stage } from './stage';

after(closeBrowser);

for (const server of ['prosody', 'ejabberd'] as const) {
  test(`in line, called, served, closed; rated without a network: ${server}`, async () => {
    const stage = await Stage.set({ server, operators: ['alice'] });
    const first = await Guest.chatting(stage.address);
    await first.ask('Is anybody there?');
    await first.stateIs('You are next');
    const second = await Guest.chatting(stage.address);
    await second.ask('And for me?');
    await second.stateIs('You are second in line');
    await second.picture('50-in-line');
    await stage.do({ do: 'login', who: 'alice' });
    await stage.do({ do: 'direct', who: 'alice', words: '!accept 1' });
    await first.stateIs('Alice is being called');
    await stage.do({ do: 'accept', who: 'alice' });
    await first.stateIs('Alice is here');
    await stage.do({ do: 'say', who: 'alice', words: 'Good morning!' });
    await first.sees('Good morning!');
    await stage.do({ do: 'pour', who: 'alice', words: ['!close all well'] });
    await first.stateIs('The chat has ended');
    assert.deepEqual(await first.talk(), ['guest: Is anybody there?', 'operator: Good morning!']);

    // The second one loses the network, has enough, and says so; the desk hears of it when there is a network.
    await second.context.setOffline(true);
    await second.stateIs('No network');
    await second.window.getByRole('button', { name: 'End the chat' }).click();
    await second.window.getByRole('button', { name: 'Not good' }).click();
    await second.window.getByRole('textbox', { name: 'Would you like to say why?' }).fill(`Nobody came (${server}).`);
    await second.window.locator('.choices').getByRole('button', { name: 'End the chat' }).click();
    await second.window.getByText('We pass it on as soon as there is a connection.').waitFor();
    await second.picture('51-rated-offline');
    await second.context.setOffline(false);
    await second.window.getByText('Thank you for telling us.').waitFor();
    const ratingOf = (chat: number, words: string) => stage.do<{ thumb: string }>({ do: 'rating', chat, words });
    assert.equal((await ratingOf(2, `Nobody came (${server}).`)).thumb, 'down');

    // The first one is asked still, a reload later, and has another address by now.
    await first.page.reload();
    await first.stateIs('The chat has ended');
    await first.window.getByRole('button', { name: 'Good', exact: true }).click();
    await first.window.getByRole('textbox', { name: 'Would you like to say why?' }).fill('Short.');
    await first.window.getByRole('button', { name: 'Send' }).click();
    await first.window.getByText('Thank you for telling us.').waitFor();
    assert.equal((await ratingOf(1, 'Short.')).thumb, 'up');
    assert.deepEqual([first.mistakes, second.mistakes], [[], []]);
    await first.leave();
    await second.leave();
    await stage.end();
  });
}

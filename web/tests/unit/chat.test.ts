/** Stories of one chat, from the question to the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forGuest } from '../../src/window/chat/line';
import { Story } from './story';

test('a question opens a room, calls the desk once, and is said', () => {
  const story = new Story();
  assert.deepEqual(story.ask(), ['connect']);
  assert.deepEqual(story.happen({ is: 'linked' }), ['enter as Guest']);
  assert.deepEqual(story.happen({ is: 'entered', nick: 'Guest', created: true }), [
    'furnish',
    'invite about Does it fly?',
    'say Does it fly?',
    'tellSite started',
  ]);
  story.echo();
  assert.deepEqual(story.texts(), ['guest: Does it fly?']);
  assert.deepEqual(story.model.unsent, []);
});

test('whoever begins to write is logged in before they ask', () => {
  const story = new Story();
  assert.deepEqual(story.happen({ is: 'drafted', draft: 'D' }), ['connect']);
  assert.deepEqual(story.happen({ is: 'linked' }), []);
  assert.deepEqual(story.ask(), ['enter as Guest']);
});

test('a question that is asked while logging in waits for it', () => {
  const story = new Story();
  story.happen({ is: 'drafted', draft: 'D' });
  assert.deepEqual(story.ask(), []);
  assert.deepEqual(story.happen({ is: 'linked' }), ['enter as Guest']);
});

test('a connection that nobody uses ends', () => {
  const story = new Story();
  story.happen({ is: 'drafted', draft: 'D' }, { is: 'linked' });
  assert.deepEqual(story.waitForDeadline(), ['disconnect']);
  assert.equal(story.model.link.is, 'down');
});

test('speakers are told apart by who the room says they are', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'appeared', nick: 'Alice', owner: false });
  story.hear('Alice', 'Good morning');
  story.hear('Guest (2)', 'from my other tab');
  assert.deepEqual(story.texts(), ['guest: Does it fly?', 'desk: Welcome', 'operator: Good morning', 'guest: from my other tab']);
});

test('only the desk says how the chat stands', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'appeared', nick: 'Alice', owner: false });
  story.happen({ is: 'stood', nick: 'Alice', standing: { stage: 'closed' } });
  assert.equal(story.model.stage.at, 'open');
  story.happen({ is: 'stood', nick: 'Support', standing: { stage: 'serving', operator: 'Alice' } });
  assert.equal(story.model.standing?.operator, 'Alice');
});

test('the guest is lowered to a member, and the chat goes on', () => {
  const story = new Story();
  story.served();
  assert.deepEqual(story.happen({ is: 'entered', nick: 'Guest', created: false }), []);
  story.hear('Alice', 'Good morning');
  assert.equal(story.texts().at(-1), 'operator: Good morning');
});

test('an owner who comes later is not the desk', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'appeared', nick: 'Admin', owner: true });
  story.hear('Admin', 'Hello');
  assert.equal(story.texts().at(-1), 'operator: Hello');
});

test('a line is there once, however often it comes', () => {
  const story = new Story();
  story.served();
  story.hear('Alice', 'Once', { id: 'a', stanzaId: 'x' });
  story.hear('Alice', 'Once', { id: 'a', stanzaId: 'x' });
  story.hear('Alice', 'Once', { id: 'a', stanzaId: 'y' });
  assert.equal(story.texts().filter((text) => text === 'operator: Once').length, 2);
});

test('a correction puts an earlier line of the same nick right, and no other', () => {
  const story = new Story();
  story.served();
  story.hear('Alice', 'Tusday', { id: 'a' });
  story.hear('Bob', 'Never', { id: 'b', corrects: 'a' });
  story.hear('Alice', 'Tuesday', { id: 'c', corrects: 'a' });
  assert.deepEqual(story.texts().slice(2), ['operator: Tuesday', 'operator: Never']);
  assert.equal(story.model.lines[2]?.edited, true);
});

test('typing is told once, and taken back after a while', () => {
  const story = new Story();
  story.served();
  assert.deepEqual(story.happen({ is: 'drafted', draft: 'H' }), ['tell composing']);
  assert.deepEqual(story.happen({ is: 'drafted', draft: 'Hi' }), []);
  assert.deepEqual(story.wait(5_000), ['tell paused']);
  assert.deepEqual(story.happen({ is: 'drafted', draft: 'Hi!' }), ['tell composing']);
  assert.deepEqual(story.happen({ is: 'drafted', draft: '' }), ['tell paused']);
});

test('an operator who types, and is never heard again, does not type for ever', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'appeared', nick: 'Alice', owner: false }, { is: 'typed', nick: 'Alice', composing: true });
  assert.deepEqual([...story.model.typing.keys()], ['Alice']);
  story.wait(30_000);
  assert.deepEqual([...story.model.typing.keys()], []);
});

test('what comes while the window is hidden is unread', () => {
  const story = new Story();
  story.served();
  assert.equal(story.model.unread, 1);
  story.happen({ is: 'shown', shown: true });
  assert.equal(story.model.unread, 0);
  story.hear('Alice', 'seen');
  assert.equal(story.model.unread, 0);
});

test('the rating goes before the guest leaves, and leaving before logging out', () => {
  const story = new Story();
  story.served();
  assert.deepEqual(story.happen({ is: 'ended', rating: { value: 'up', words: 'quick' } }), [
    'rate up',
    'tellSite rated',
    'leave',
    'tellSite ended',
  ]);
  assert.equal(story.model.stage.at, 'over');
  assert.deepEqual(story.happen({ is: 'ratingTaken' }), ['disconnect']);
});

test('who ends it without a word logs out at once', () => {
  const story = new Story();
  story.served();
  assert.deepEqual(story.happen({ is: 'ended' }), ['leave', 'disconnect', 'tellSite ended']);
});

test('a chat that the desk closes can still be rated, then the connection ends', () => {
  const story = new Story();
  story.served();
  assert.deepEqual(story.happen({ is: 'removed', how: 'destroyed' }), ['tellSite ended']);
  assert.deepEqual(story.happen({ is: 'rated', rating: { value: 'down', words: '' } }), ['rate down', 'tellSite rated']);
  assert.deepEqual(story.happen({ is: 'ratingTaken' }), ['disconnect']);
});

test('a chat that the desk closes and nobody rates is let go after a while', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'removed', how: 'destroyed' });
  assert.deepEqual(story.waitForDeadline(), ['disconnect']);
  assert.equal(story.model.idleUntil, undefined);
});

test('what an operator tells the desk is no word to the guest', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'shown', shown: true }, { is: 'shown', shown: false });
  for (const text of ['!transfer bob', ' !Close\nall well', '!CLOSE']) story.hear('Alice', text);
  assert.deepEqual([forGuest(story.model.lines).length, story.model.unread], [2, 0]);
  const words = ['!!!', '!', '!important', '!closed', '! close', 'see !close', '!closé', '!help', '?? close'];
  for (const text of words) story.hear('Alice', text);
  assert.equal(story.model.unread, words.length);
  story.hear('Guest', '!close');
  story.hear('Support', '!close');
  assert.deepEqual(forGuest(story.model.lines).map(({ text }) => text), ['Does it fly?', 'Welcome', ...words, '!close', '!close']);
});

test('an order that is put right becomes what it is', () => {
  const story = new Story();
  story.served();
  const shown = () => forGuest(story.model.lines).at(-1)!.text;
  story.hear('Alice', '!trasnfer bob', { id: 'a' });
  assert.equal(shown(), '!trasnfer bob');
  story.hear('Alice', '!transfer bob', { corrects: 'a' });
  assert.equal(shown(), 'Welcome');
  story.hear('Alice', 'Bob will know.', { corrects: 'a' });
  assert.equal(shown(), 'Bob will know.');
});

test('a desk that does not come is admitted to after a while, and forgiven', () => {
  const story = new Story();
  story.ask();
  story.happen({ is: 'linked' }, { is: 'entered', nick: 'Guest', created: true });
  story.wait(15_000);
  assert.equal(story.model.deskIsSilent, true);
  story.happen({ is: 'appeared', nick: 'Support', owner: true });
  assert.equal(story.model.deskIsSilent, false);
});

test('where no room can be made the question is still there', () => {
  const story = new Story();
  story.ask('Does it float?');
  story.happen({ is: 'linked' });
  assert.deepEqual(story.happen({ is: 'enteringRefused', condition: 'not-allowed' }), ['leave', 'disconnect']);
  assert.deepEqual(story.model.stage, { at: 'asking', problem: true, answers: { question: 'Does it float?' } });
  assert.equal(story.model.draft, 'Does it float?');
});

test('a line that the room refuses can be sent again', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'wrote', text: 'too fast' });
  const id = story.model.unsent[0]!.id;
  story.happen({ is: 'refused', id });
  assert.equal(story.model.unsent[0]?.refused, true);
  assert.deepEqual(story.happen({ is: 'sentAgain', id }), ['say too fast']);
});

test('to begin anew leaves the room, and forgets it', () => {
  const story = new Story();
  story.served();
  assert.deepEqual(story.happen({ is: 'begunAnew' }), ['leave', 'disconnect', 'tellSite ended']);
  assert.deepEqual([story.model.stage.at, story.model.lines.length], ['asking', 0]);
});

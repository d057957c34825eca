/** Stories of links that break and pages that are reloaded: nothing is lost, and nothing comes twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Story, said } from './story';

/** Back in the room after a reload or a cut. */
function comeBack(story: Story): void {
  story.happen({ is: 'linked' }, { is: 'entered', nick: 'Guest', created: false });
}

test('after a reload the same room is entered, and the history fills what was missed', () => {
  const story = new Story();
  story.served();
  const welcome = story.model.lines.at(-1)!;
  story.reload();
  assert.deepEqual(story.happen({ is: 'resumed' }), ['connect']);
  assert.deepEqual(story.happen({ is: 'linked' }), ['enter as Guest']);
  story.happen({ is: 'entered', nick: 'Guest', created: false }, { is: 'heard', line: welcome });
  story.hear('Alice', 'while you were away');
  assert.deepEqual(story.happen({ is: 'historyEnded' }), []);
  assert.deepEqual(story.texts(), ['guest: Does it fly?', 'desk: Welcome', 'operator: while you were away']);
});

test('where the history does not reach back, the archive does, page by page, and all is in its order', () => {
  const story = new Story();
  story.served();
  const last = story.model.lines.at(-1)!.stanzaId;
  story.happen({ is: 'unlinked' });
  story.waitForDeadline();
  comeBack(story);
  const late = said('Alice', 'three');
  story.happen({ is: 'heard', line: late });
  assert.deepEqual(story.happen({ is: 'historyEnded' }), [`readArchive after ${last}`]);
  story.hear('Alice', 'four');
  const [one, two] = [said('Alice', 'one'), said('Alice', 'two')];
  assert.deepEqual(story.happen({ is: 'archiveRead', lines: [one], more: true }), [`readArchive after ${one.stanzaId}`]);
  story.happen({ is: 'archiveRead', lines: [two, late], more: false });
  assert.deepEqual(story.texts().slice(2), ['operator: one', 'operator: two', 'operator: three', 'operator: four']);
});

test('what was written without a network is said once, after the way back', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'networkLost' });
  assert.deepEqual(story.happen({ is: 'wrote', text: 'are you there?' }), []);
  assert.deepEqual(story.happen({ is: 'networkBack' }), ['connect']);
  comeBack(story);
  assert.deepEqual(story.happen({ is: 'historyEnded' }), ['say are you there?']);
});

test('what the room has heard is not said again', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'wrote', text: 'did this arrive?' });
  const { id } = story.model.unsent[0]!;
  story.happen({ is: 'unlinked' });
  story.waitForDeadline();
  comeBack(story);
  story.hear('Guest', 'did this arrive?', { id });
  story.happen({ is: 'heard', line: story.model.lines[0]! });
  assert.deepEqual(story.happen({ is: 'historyEnded' }), []);
  assert.equal(story.texts().filter((text) => text.includes('arrive')).length, 1);
});

test('the ghost of the tab before still has the nick: another number is taken', () => {
  const story = new Story();
  story.served();
  story.reload();
  story.happen({ is: 'resumed' }, { is: 'linked' });
  assert.deepEqual(story.happen({ is: 'enteringRefused', condition: 'conflict' }), ['enter as Guest (2)']);
  story.happen({ is: 'entered', nick: 'Guest (2)', created: false }, { is: 'historyEnded' });
  story.hear('Guest (2)', 'me again');
  assert.equal(story.texts().at(-1), 'guest: me again');
});

test('a room that is gone ends the chat; its lines stay', () => {
  const story = new Story();
  story.served();
  story.reload();
  story.happen({ is: 'resumed' }, { is: 'linked' });
  assert.deepEqual(story.happen({ is: 'entered', nick: 'Guest', created: true }), ['leave', 'disconnect', 'tellSite ended']);
  assert.deepEqual(story.model.stage.at === 'over' && story.model.stage.why, 'gone');
  assert.equal(story.model.lines.length, 2);
});

test('a room that was destroyed says so', () => {
  const story = new Story();
  story.served();
  story.reload();
  story.happen({ is: 'resumed' }, { is: 'linked' });
  assert.deepEqual(story.happen({ is: 'enteringRefused', condition: 'gone' }), ['disconnect', 'tellSite ended']);
});

test('a reload before the desk came asks again, in another room, with the same question', () => {
  const story = new Story();
  story.ask();
  story.happen({ is: 'linked' }, { is: 'entered', nick: 'Guest', created: true });
  story.echo();
  story.reload();
  story.happen({ is: 'resumed' }, { is: 'linked' });
  assert.deepEqual(story.happen({ is: 'entered', nick: 'Guest', created: true }), ['leave', 'enter as Guest']);
  assert.deepEqual(story.happen({ is: 'entered', nick: 'Guest', created: true }), [
    'furnish',
    'invite about Does it fly?',
    'say Does it fly?',
    'tellSite started',
  ]);
});

test('failures make the pauses longer, a network that comes back ends them', () => {
  const story = new Story();
  story.served();
  const pauses: number[] = [];
  for (let failure = 0; failure < 7; failure += 1) {
    // A link that comes up, and does not lead into the room, is a failure as well.
    if (failure % 2) story.happen({ is: 'linked' }, { is: 'enteringRefused', condition: 'resource-constraint' });
    else story.happen({ is: 'unlinked' });
    pauses.push(story.waitForDeadlineAndTell());
  }
  assert.deepEqual(pauses, [...pauses].sort((a, b) => a - b));
  assert.ok(pauses[0]! < 500 && pauses.at(-1)! > 10_000, pauses.join());
  assert.deepEqual(story.happen({ is: 'networkLost' }), ['drop']);
  assert.deepEqual(story.happen({ is: 'networkBack' }), ['connect']);
});

test('a draft outlives a reload and an outage', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'drafted', draft: 'half a sent' }, { is: 'unlinked' });
  story.reload();
  assert.equal(story.model.draft, 'half a sent');
});

test('a draft of a question outlives a reload, too', () => {
  const story = new Story();
  story.happen({ is: 'drafted', draft: 'half a quest' });
  story.reload();
  assert.equal(story.model.draft, 'half a quest');
  assert.equal(story.model.stage.at, 'asking');
});

test('what another script has put into the storage is not believed', () => {
  for (const text of ['', 'x', 'null', '{}', '{"version":1,"stage":{"at":"open"},"lines":[],"unsent":[],"nicks":[]}', '[]']) {
    const story = new Story();
    story.reload();
    assert.equal(story.model.stage.at, 'asking', text);
  }
});

test('what could not be said before the end is there for the next question', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'networkLost' }, { is: 'wrote', text: 'And the lid?' }, { is: 'networkBack' }, { is: 'linked' });
  story.happen({ is: 'enteringRefused', condition: 'not-authorized' });
  assert.equal(story.model.stage.at, 'over');
  story.happen({ is: 'begunAnew' });
  assert.deepEqual([story.model.draft, story.model.unsent], ['And the lid?', []]);

  story.served();
  story.happen({ is: 'networkLost' }, { is: 'wrote', text: 'private' }, { is: 'begunAnew' });
  assert.equal(story.model.draft, '', 'the site begins anew: nothing is left');
});

// The rating

const GOOD = { value: 'up', words: 'Patient.' } as const;

test('a rating without a network is sent when there is one, and says by what the desk knows us', () => {
  const story = new Story();
  story.served();
  const heard = story.model.lines.at(-1)!.id;
  story.happen({ is: 'networkLost' });
  assert.deepEqual(story.happen({ is: 'ended', rating: GOOD }), ['tellSite rated', 'tellSite ended']);
  assert.deepEqual(story.happen({ is: 'networkBack' }), ['connect']);
  assert.deepEqual(story.happen({ is: 'linked' }), ['rate up']);
  const { room, heard: said } = story.model.owedRating!;
  assert.deepEqual([room, said], [story.model.stage.at === 'over' && story.model.stage.room.jid, heard]);
  assert.deepEqual(story.happen({ is: 'ratingTaken' }), ['disconnect']);
  assert.equal(story.model.owedRating, undefined);
});

test('a rating whose way dies before the server has it is sent again', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'ended', rating: GOOD });
  story.happen({ is: 'unlinked' });
  assert.deepEqual(story.waitForDeadline(), ['connect']);
  assert.deepEqual(story.happen({ is: 'linked' }), ['rate up']);
});

test('a rating outlives a reload, and a new chat', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'networkLost' }, { is: 'ended', rating: GOOD });
  story.reload();
  assert.deepEqual(story.happen({ is: 'resumed' }), ['connect']);
  story.happen({ is: 'unlinked' }, { is: 'begunAnew' });
  story.reload();
  story.happen({ is: 'resumed' });
  story.ask('Another thing');
  assert.deepEqual(story.happen({ is: 'linked' }), ['rate up', 'enter as Guest']);
  assert.deepEqual(story.happen({ is: 'ratingTaken' }), []);
});

test('what nobody takes any more is not sent: neither a rating, nor the question for one', () => {
  const story = new Story();
  story.served();
  story.happen({ is: 'networkLost' }, { is: 'ended', rating: GOOD });
  story.wait(600_000);
  assert.deepEqual(story.happen({ is: 'networkBack' }), []);

  const other = new Story();
  other.served();
  other.happen({ is: 'removed', how: 'destroyed' });
  other.wait(400_000);
  other.reload();
  assert.deepEqual(other.happen({ is: 'resumed' }), []);
  assert.notEqual(other.model.idleUntil, undefined, 'it can still be rated');
  assert.deepEqual(other.happen({ is: 'rated', rating: GOOD }), ['connect', 'tellSite rated']);
  other.reload();
  assert.deepEqual(other.model.rating, GOOD, 'nobody is asked twice');

  const late = new Story();
  late.served();
  late.happen({ is: 'removed', how: 'destroyed' });
  late.wait(500_000);
  late.reload();
  late.wait(100_000);
  late.happen({ is: 'resumed' });
  assert.equal(late.model.idleUntil, undefined);
});

/**
 * What becomes of an event: the model changes, and actions come out. Nothing here waits, looks at a clock, or touches
 * the page or the network, so each story of a chat can be told in a test.
 */
import type { Action } from './action';
import { catchUp, holdBack, readOn } from './catching-up';
import type { Event, Moment } from './event';
import { add, isOrder, type Heard, type Speaker } from './line';
import { backOff, newCatchingUp, type Model, type Stage, type Standing } from './model';

/** How long the desk may say nothing, before the guest is told that it does. */
const PATIENCE_MILLISECONDS = 15_000;
/** Without another key, we do not type any more. */
const TYPING_MILLISECONDS = 5_000;
/** Somebody else's typing is not believed for longer. */
const OTHERS_TYPING_MILLISECONDS = 30_000;
/** A connection without a chat stays so long: before it, for a quick start; after it, for the rating. */
const IDLE_MILLISECONDS = 600_000;
/** So long after its end a chat can be rated (docs/protocol.md). */
const RATABLE_MILLISECONDS = 600_000;
const SUBJECT_LENGTH_MAX = 200;
const NICKS_MAX = 20;

type Open = Extract<Stage, { at: 'open' }>;

export function decide(model: Model, event: Event, now: Moment): Action[] {
  switch (event.is) {
    case 'asked':
      return ask(model, event, now);
    case 'wrote':
      return write(model, event.text, now);
    case 'drafted':
      return draft(model, event.draft, now);
    case 'sentAgain':
      return sendAgain(model, event.id);
    case 'rated':
      return rate(model, event.rating, now);
    case 'ended':
      return end(model, event.rating, now);
    case 'begunAnew':
      return beginAnew(model, now);
    case 'shown':
      return show(model, event.shown);
    case 'introduced':
      model.token = event.token ?? model.token;
      model.context = event.context ?? model.context;
      return [];
    case 'languageChosen':
      model.language = event.language;
      return [];
    case 'resumed':
      return resume(model, now);
    case 'linked':
      return useLink(model, now);
    case 'unlinked':
      return loseLink(model, now);
    case 'networkLost':
      return loseNetwork(model);
    case 'networkBack':
      return regainNetwork(model, now);
    case 'entered':
      return settleIn(model, event.nick, event.created, now);
    case 'enteringRefused':
      return beRefused(model, event.condition, now);
    case 'furnishingRefused':
      return giveUp(model);
    case 'removed':
      return beRemoved(model, event.how, now);
    case 'appeared':
      return meet(model, event.nick, event.owner);
    case 'vanished':
      return miss(model, event.nick, event.renamedTo);
    case 'heard':
      return hear(model, event.line);
    case 'stood':
      return stand(model, event.nick, event.standing, now);
    case 'typed':
      return notice(model, event.nick, event.composing, now);
    case 'refused':
      return refuse(model, event.id);
    case 'ratingTaken':
      return settleRating(model);
    case 'historyEnded':
      return finish(model, catchUp(model));
    case 'archiveRead':
      return finish(model, readOn(model, event.lines, event.more));
    case 'timePassed':
      return passTime(model, now);
  }
}

/** When `timePassed` is due next (monotonic milliseconds). */
export function nextDeadline(model: Model): number | undefined {
  const { link, typing, typingUntil, patienceUntil, idleUntil } = model;
  const deadlines = [
    link.is === 'lost' ? link.retryAt : undefined,
    typingUntil,
    patienceUntil,
    idleUntil,
    ...typing.values(),
  ].filter((deadline) => deadline !== undefined);
  return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
}

/** Who speaks under a nick. */
export function speakerOf(model: Model, nick: string): Speaker {
  if (isOurs(model, nick)) return 'guest';
  return nick === model.deskNick ? 'desk' : 'operator';
}

/** Ours, or of the same guest's other tab: the same name with a number. */
function isOurs(model: Model, nick: string): boolean {
  return model.nicks.some((own) => own === nick || (nick.startsWith(`${own} (`) && /^ \(\d+\)$/.test(nick.slice(own.length))));
}

// What the guest does

function ask(model: Model, event: Extract<Event, { is: 'asked' }>, now: Moment): Action[] {
  if (model.stage.at !== 'asking') return [];
  const room = { jid: `${now.random()}@${model.desk.service}`, password: now.random() };
  model.stage = { at: 'open', room, answers: event.answers, invited: false, inside: false };
  model.nicks = [event.nick];
  model.unsent = [{ id: now.random(), text: event.text, at: now.wall }];
  model.draft = '';
  model.idleUntil = undefined;
  if (model.link.is === 'up') return enter(model);
  return model.link.is === 'connecting' ? [] : connect(model);
}

function write(model: Model, text: string, now: Moment): Action[] {
  if (model.stage.at !== 'open' || text.trim() === '') return [];
  const unsent = { id: now.random(), text, at: now.wall };
  model.unsent.push(unsent);
  model.draft = '';
  model.typingUntil = undefined;
  const { room, inside } = model.stage;
  return inside ? [{ do: 'say', room: room.jid, id: unsent.id, text }] : [];
}

function draft(model: Model, text: string, now: Moment): Action[] {
  model.draft = text;
  if (model.stage.at === 'asking') return warmUp(model, now);
  if (model.stage.at !== 'open' || !model.stage.inside) return [];
  const room = model.stage.room.jid;
  const typed = model.typingUntil !== undefined;
  model.typingUntil = text === '' ? undefined : now.steady + TYPING_MILLISECONDS;
  if (typed === (text !== '')) return [];
  return [{ do: 'tellTyping', room, state: typed ? 'paused' : 'composing' }];
}

/** Whoever begins to write will soon ask: until then we are logged in. */
function warmUp(model: Model, now: Moment): Action[] {
  if (model.link.is !== 'down' || model.offline) return [];
  model.idleUntil = now.steady + IDLE_MILLISECONDS;
  return connect(model);
}

function sendAgain(model: Model, id: string): Action[] {
  const unsent = model.unsent.find((one) => one.id === id && one.refused);
  if (!unsent || model.stage.at !== 'open') return [];
  delete unsent.refused;
  const { room, inside } = model.stage;
  return inside ? [{ do: 'say', room: room.jid, id, text: unsent.text }] : [];
}

function rate(model: Model, rating: Model['rating'], now: Moment): Action[] {
  if (model.stage.at === 'asking' || !rating) return [];
  const heard = model.lines.findLast(({ speaker }) => speaker === 'desk')?.id;
  model.rating = rating;
  model.owedRating = { rating, room: model.stage.room.jid, until: now.wall + RATABLE_MILLISECONDS, ...(heard && { heard }) };
  return [...payRating(model, now), { do: 'tellSite', what: 'rated', detail: rating.value }];
}

/** The rating goes first, then we leave, then we log out: whoever left is not asked. */
function end(model: Model, rating: Model['rating'], now: Moment): Action[] {
  if (model.stage.at !== 'open') return [];
  const { room } = model.stage;
  const told = rate(model, rating, now);
  const leaving: Action[] = model.link.is === 'up' ? [{ do: 'leave', room: room.jid }] : [];
  return [...told, ...leaving, ...hangUp(model), ...conclude(model, 'left', now)];
}

function beginAnew(model: Model, now: Moment): Action[] {
  const over = model.stage.at === 'over';
  const leaving: Action[] = model.stage.at === 'open' && model.link.is === 'up' ? [{ do: 'leave', room: model.stage.room.jid }] : [];
  const out = [...leaving, ...hangUp(model), ...conclude(model, 'left', now)];
  // What could not be said any more is perhaps what they wish to ask now.
  if (over && model.draft === '') model.draft = model.unsent.map(({ text }) => text).join('\n');
  model.stage = { at: 'asking' };
  model.lines = [];
  model.unsent = [];
  model.unread = 0;
  model.idleUntil = undefined;
  delete model.rating;
  return out;
}

function show(model: Model, shown: boolean): Action[] {
  model.shown = shown;
  if (shown) model.unread = 0;
  return [];
}

// The way to the server

function connect(model: Model): Action[] {
  model.link = { is: 'connecting' };
  return [{ do: 'connect' }];
}

/** After a reload. */
function resume(model: Model, now: Moment): Action[] {
  const { stage } = model;
  if (stage.at === 'open') return connect(model);
  const rest = stage.at === 'over' && stage.why === 'closed' ? stage.since + RATABLE_MILLISECONDS - now.wall : 0;
  if (rest > 0) model.idleUntil = now.steady + rest;
  return payRating(model, now);
}

function useLink(model: Model, now: Moment): Action[] {
  model.link = { is: 'up' };
  const paid = payRating(model, now);
  if (model.stage.at === 'open') return [...paid, ...enter(model)];
  return paid.length > 0 || model.idleUntil !== undefined ? paid : hangUp(model);
}

/** A connection is not kept without a reason; a rating that is still owed is one. */
function hangUp(model: Model): Action[] {
  if (model.owedRating || model.link.is === 'down') return [];
  const out: Action[] = [{ do: model.link.is === 'up' ? 'disconnect' : 'drop' }];
  model.link = { is: 'down' };
  return out;
}

function enter(model: Model): Action[] {
  if (model.stage.at !== 'open') return [];
  return [{ do: 'enter', room: model.stage.room, nick: model.nicks.at(-1)! }];
}

function loseLink(model: Model, now: Moment): Action[] {
  beOutside(model);
  model.link = model.stage.at === 'open' || model.owedRating ? backOff(model, now) : { is: 'down' };
  return [];
}

function loseNetwork(model: Model): Action[] {
  model.offline = true;
  if (model.stage.at !== 'open' && !model.owedRating) return [];
  beOutside(model);
  model.failures = 0;
  model.link = { is: 'lost', retryAt: undefined };
  return [{ do: 'drop' }];
}

function regainNetwork(model: Model, now: Moment): Action[] {
  model.offline = false;
  return model.link.is === 'lost' ? tryAgain(model, now) : payRating(model, now);
}

/** What the guest thinks of it goes out as soon as it can, on its own where there is no chat any more. */
function payRating(model: Model, now: Moment): Action[] {
  const owed = stillOwed(model, now);
  if (!owed) return [];
  if (model.link.is === 'up') return [{ do: 'rate', desk: model.desk.jid, owed }];
  return model.link.is === 'down' && !model.offline ? connect(model) : [];
}

function stillOwed(model: Model, now: Moment): Model['owedRating'] {
  if (model.owedRating && model.owedRating.until <= now.wall) delete model.owedRating;
  return model.owedRating;
}

function settleRating(model: Model): Action[] {
  delete model.owedRating;
  const needed = model.stage.at === 'open' || (model.stage.at === 'asking' && model.idleUntil !== undefined);
  return needed ? [] : hangUp(model);
}

/** Try again later, with a new stream. */
function startOver(model: Model, now: Moment): Action[] {
  return [{ do: 'drop' }, ...loseLink(model, now)];
}

function beOutside(model: Model): void {
  model.occupants.clear();
  model.typing.clear();
  model.typingUntil = undefined;
  if (model.stage.at !== 'open') return;
  model.stage.inside = false;
  delete model.stage.catchingUp;
}

// Into the room

function settleIn(model: Model, nick: string, created: boolean, now: Moment): Action[] {
  if (model.stage.at !== 'open') return [];
  if (!model.nicks.includes(nick)) model.nicks.push(nick);
  const { stage } = model;
  // The room says so again whenever our rights change.
  if (stage.inside || stage.catchingUp) return [];
  if (created && !stage.invited) return moveIn(model, stage, now);
  if (created || !stage.invited) return [{ do: 'leave', room: stage.room.jid }, ...findItGone(model, stage, now)];
  stage.catchingUp = newCatchingUp();
  return [];
}

/** A room of our own: make it safe, call the desk, say the question. */
function moveIn(model: Model, stage: Open, now: Moment): Action[] {
  const { room, answers } = stage;
  stage.invited = true;
  stage.inside = true;
  model.failures = 0;
  model.patienceUntil = now.steady + PATIENCE_MILLISECONDS;
  const subject = (model.context.subject || model.unsent[0]?.text || '').slice(0, SUBJECT_LENGTH_MAX);
  return [
    { do: 'furnish', room, desk: model.desk.jid },
    { do: 'invite', room, desk: model.desk.jid, answers, subject },
    ...sayUnsent(model),
    { do: 'tellSite', what: 'started' },
  ];
}

/**
 * The room is not there any more (it was destroyed, or the server has just made a new one under its name). Where the desk never came (the
 * page was reloaded a moment after the click) nothing was said that could be lost: we ask again, in another room.
 */
function findItGone(model: Model, stage: Open, now: Moment): Action[] {
  if (model.lines.some((line) => line.speaker !== 'guest')) return [...hangUp(model), ...conclude(model, 'gone', now)];
  const said = model.lines.map(({ id, text, at }) => ({ id, text, at }));
  model.unsent = [...said, ...model.unsent];
  model.lines = [];
  stage.room = { jid: `${now.random()}@${model.desk.service}`, password: now.random() };
  stage.invited = false;
  return enter(model);
}

function beRefused(model: Model, condition: string, now: Moment): Action[] {
  if (model.stage.at !== 'open') return [];
  switch (condition) {
    case 'conflict':
      return enterAs(model, `${model.nicks[0]} (${model.nicks.length + 1})`, now);
    case 'jid-malformed':
    case 'not-acceptable':
      return enterAs(model, `Guest ${model.nicks.length}`, now);
    case 'gone':
      return findItGone(model, model.stage, now);
    case 'not-authorized':
    case 'forbidden':
    case 'registration-required':
      return [...hangUp(model), ...conclude(model, 'gone', now)];
    case 'not-allowed':
      return giveUp(model);
    default:
      return startOver(model, now);
  }
}

function enterAs(model: Model, nick: string, now: Moment): Action[] {
  if (model.nicks.length >= NICKS_MAX) return startOver(model, now);
  model.nicks.push(nick);
  return enter(model);
}

/** The room cannot be made: say so, with all that was written still there. */
function giveUp(model: Model): Action[] {
  if (model.stage.at !== 'open') return [];
  const { answers, room } = model.stage;
  model.stage = { at: 'asking', problem: true, answers };
  model.draft = model.unsent[0]?.text ?? '';
  model.unsent = [];
  model.link = { is: 'down' };
  return [{ do: 'leave', room: room.jid }, { do: 'disconnect' }];
}

function beRemoved(model: Model, how: 'destroyed' | 'shownOut' | 'otherwise', now: Moment): Action[] {
  if (model.stage.at !== 'open') return [];
  switch (how) {
    case 'destroyed':
      return sayGoodbye(model, now);
    case 'shownOut':
      return [...hangUp(model), ...conclude(model, 'removed', now)];
    case 'otherwise':
      return startOver(model, now);
  }
}

/** The desk has closed the chat; the connection stays a while for the rating. */
function sayGoodbye(model: Model, now: Moment): Action[] {
  model.idleUntil = now.steady + IDLE_MILLISECONDS;
  return conclude(model, 'closed', now);
}

function conclude(model: Model, why: Extract<Stage, { at: 'over' }>['why'], now: Moment): Action[] {
  if (model.stage.at !== 'open') return [];
  const { room } = model.stage;
  beOutside(model);
  model.stage = { at: 'over', why, room, since: now.wall };
  model.standing = undefined;
  model.patienceUntil = undefined;
  model.deskIsSilent = false;
  return [{ do: 'tellSite', what: 'ended', detail: why }];
}

// What is heard

function meet(model: Model, nick: string, owner: boolean): Action[] {
  if (model.stage.at !== 'open') return [];
  const others = [...model.occupants.values()];
  if (owner && !isOurs(model, nick) && !others.some(({ kind }) => kind === 'desk')) model.deskNick = nick;
  const kind = speakerOf(model, nick);
  model.occupants.set(nick, { nick, kind });
  if (kind === 'desk') stopWorrying(model);
  return [];
}

function miss(model: Model, nick: string, renamedTo: string | undefined): Action[] {
  model.typing.delete(nick);
  if (!model.occupants.delete(nick) || renamedTo === undefined) return [];
  if (nick === model.deskNick) model.deskNick = renamedTo;
  model.occupants.set(renamedTo, { nick: renamedTo, kind: speakerOf(model, renamedTo) });
  return [];
}

function stopWorrying(model: Model): void {
  model.patienceUntil = undefined;
  model.deskIsSilent = false;
}

function hear(model: Model, line: Heard): Action[] {
  if (model.stage.at !== 'open' || holdBack(model.stage, line)) return [];
  takeDown(model, line);
  return [];
}

/** A line becomes part of the chat, once. */
function takeDown(model: Model, line: Heard): void {
  const speaker = speakerOf(model, line.nick);
  model.typing.delete(line.nick);
  if (speaker === 'desk') stopWorrying(model);
  if (speaker === 'guest') model.unsent = model.unsent.filter(({ id }) => id !== line.id);
  const order = isOrder(line.text, speaker, model.desk.orders);
  if (add(model.lines, line, speaker, order) && speaker !== 'guest' && !order && !model.shown) model.unread += 1;
}

/** What was missed has come, in its order; then what we could not say is said. */
function finish(model: Model, missed: ReturnType<typeof catchUp>): Action[] {
  if (missed === undefined || model.stage.at !== 'open') return [];
  if ('action' in missed) return [missed.action];
  for (const line of missed.lines) takeDown(model, line);
  model.stage.inside = true;
  model.failures = 0;
  return sayUnsent(model);
}

function sayUnsent(model: Model): Action[] {
  if (model.stage.at !== 'open') return [];
  const room = model.stage.room.jid;
  return model.unsent.filter(({ refused }) => !refused).map(({ id, text }) => ({ do: 'say', room, id, text }));
}

function stand(model: Model, nick: string, standing: Standing, now: Moment): Action[] {
  if (model.stage.at !== 'open' || nick !== model.deskNick) return [];
  if (standing.stage === 'closed') return sayGoodbye(model, now);
  model.standing = standing;
  return [];
}

function notice(model: Model, nick: string, composing: boolean, now: Moment): Action[] {
  if (speakerOf(model, nick) !== 'operator' || !model.occupants.has(nick)) return [];
  if (composing) model.typing.set(nick, now.steady + OTHERS_TYPING_MILLISECONDS);
  else model.typing.delete(nick);
  return [];
}

function refuse(model: Model, id: string): Action[] {
  const unsent = model.unsent.find((one) => one.id === id);
  if (unsent) unsent.refused = true;
  return [];
}

// Time

function passTime(model: Model, now: Moment): Action[] {
  const due = (deadline: number | undefined) => deadline !== undefined && deadline <= now.steady;
  const out: Action[] = [];
  for (const [nick, until] of model.typing) if (due(until)) model.typing.delete(nick);
  if (due(model.typingUntil)) {
    model.typingUntil = undefined;
    if (model.stage.at === 'open') out.push({ do: 'tellTyping', room: model.stage.room.jid, state: 'paused' });
  }
  if (due(model.patienceUntil)) {
    model.patienceUntil = undefined;
    model.deskIsSilent = true;
  }
  if (due(model.idleUntil)) {
    model.idleUntil = undefined;
    out.push(...hangUp(model));
  }
  if (model.link.is === 'lost' && due(model.link.retryAt)) out.push(...tryAgain(model, now));
  return out;
}

function tryAgain(model: Model, now: Moment): Action[] {
  if (model.stage.at === 'open' || stillOwed(model, now)) return connect(model);
  model.link = { is: 'down' };
  return [];
}

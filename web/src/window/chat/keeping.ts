/** What outlives a reload: the model as text in the page's session storage, and back. */
import { LINES_MAX, type Line } from './line';
import type { Answers, Model, OwedRating, Rating, Stage, Standing, Unsent } from './model';

/** Changes when the form of what is kept does; what an older window kept is then not read. */
const VERSION = 1;
/** Characters; a page's storage has room for some five million. */
const TEXT_LENGTH_MAX = 1_000_000;

interface Kept {
  version: number;
  stage: Stage;
  lines: Line[];
  unsent: Unsent[];
  nicks: string[];
  deskNick: string;
  standing?: Standing;
  draft: string;
  unread: number;
  rating?: Rating;
  owedRating?: OwedRating;
}

/** `null` where nothing is worth keeping. */
export function kept(model: Model): string | null {
  const { stage, lines, unsent, nicks, deskNick, standing, draft, unread, rating, owedRating } = model;
  if (stage.at === 'asking' && draft === '' && !owedRating) return null;
  const may = { ...(standing && { standing }), ...(rating && { rating }), ...(owedRating && { owedRating }) };
  const value: Kept = { version: VERSION, stage: atRest(stage), lines, unsent, nicks, deskNick, draft, unread, ...may };
  while (value.lines.length > 0) {
    const text = JSON.stringify(value);
    if (text.length <= TEXT_LENGTH_MAX) return text;
    value.lines = value.lines.slice(Math.ceil(value.lines.length / 2));
  }
  return JSON.stringify(value);
}

/** Nobody is inside a room after a reload. */
function atRest(stage: Stage): Stage {
  if (stage.at !== 'open') return stage;
  const { room, answers, invited } = stage;
  return { at: 'open', room, answers, invited, inside: false };
}

/** Puts what was kept into a new model; leaves it as it is where that cannot be read. */
export function restore(model: Model, text: string): void {
  const value = read(text);
  if (!value) return;
  const { version: _, rating, owedRating, ...others } = value;
  Object.assign(model, { standing: undefined, ...others, ...(rating && { rating }), ...(owedRating && { owedRating }) });
}

function read(text: string): Kept | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isKept(value) ? value : undefined;
}

/** The page's storage is the page's: another script may have written there. */
function isKept(value: unknown): value is Kept {
  return (
    isRecord(value) &&
    value['version'] === VERSION &&
    isStage(value['stage']) &&
    isList(value['lines'], isLine) &&
    value['lines'].length <= LINES_MAX &&
    isList(value['unsent'], isUnsent) &&
    isList(value['nicks'], isString) &&
    [value['deskNick'], value['draft']].every(isString) &&
    (value['standing'] === undefined || isRecord(value['standing'])) &&
    typeof value['unread'] === 'number' &&
    (value['rating'] === undefined || isRating(value['rating'])) &&
    (value['owedRating'] === undefined || isOwed(value['owedRating']))
  );
}

function isStage(value: unknown): value is Stage {
  if (!isRecord(value)) return false;
  if (value['at'] === 'asking') return true;
  const { room } = value;
  const known = isRecord(room) && isString(room['jid']) && isString(room['password']);
  return known && ((value['at'] === 'over' && typeof value['since'] === 'number') || (value['at'] === 'open' && isAnswers(value['answers'])));
}

function isAnswers(value: unknown): value is Answers {
  return isRecord(value) && Object.values(value).every(isString);
}

function isLine(value: unknown): value is Line {
  return isUnsent(value) && 'nick' in value && isString(value.nick) && 'speaker' in value && isString(value.speaker);
}

function isRating(value: unknown): value is Rating {
  return isRecord(value) && (value['value'] === 'up' || value['value'] === 'down') && isString(value['words']);
}

function isOwed(value: unknown): value is OwedRating {
  const known = isRecord(value) && isRating(value['rating']) && isString(value['room']) && typeof value['until'] === 'number';
  return known && (value['heard'] === undefined || isString(value['heard']));
}

function isUnsent(value: unknown): value is Unsent {
  return isRecord(value) && isString(value['id']) && isString(value['text']) && typeof value['at'] === 'number';
}

function isList<T>(value: unknown, isOne: (one: unknown) => one is T): value is T[] {
  return Array.isArray(value) && value.every(isOne);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

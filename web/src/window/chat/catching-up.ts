/** Coming back into a room: what was said in between, in its order, each line once. */
import type { Action } from './action';
import { isKnown, lastStanzaId, type Heard } from './line';
import type { Model, Stage } from './model';

/** More pages of an archive are not read: nobody reads that much. */
const PAGES_MAX = 20;

/** Lines of a catching-up that is done, or what must be asked before; nothing where none goes on. */
export type Missed = { lines: Heard[] } | { action: Action } | undefined;

/** While we catch up, lines wait; `true` where this one does. */
export function holdBack(stage: Stage, line: Heard): boolean {
  if (stage.at !== 'open' || !stage.catchingUp) return false;
  const { historyEnded, held, live } = stage.catchingUp;
  (historyEnded ? live : held).push(line);
  return true;
}

/**
 * The room has told its history. It is short (20 lines on most servers): where it does not reach back to a line that we
 * know, the archive (XEP-0313) tells the rest.
 */
export function catchUp(model: Model): Missed {
  const { stage } = model;
  if (stage.at !== 'open' || !stage.catchingUp) return undefined;
  stage.catchingUp.historyEnded = true;
  const { held } = stage.catchingUp;
  const after = lastStanzaId(model.lines);
  const reaches = held.length === 0 || held.some((line) => isKnown(model.lines, line));
  if (reaches || after === undefined) return done(stage);
  return { action: { do: 'readArchive', room: stage.room.jid, after } };
}

/** A page of the archive has come. */
export function readOn(model: Model, lines: Heard[], more: boolean): Missed {
  const { stage } = model;
  if (stage.at !== 'open' || !stage.catchingUp) return undefined;
  const { archived } = stage.catchingUp;
  archived.push(...lines);
  stage.catchingUp.pages += 1;
  const after = archived.at(-1)?.stanzaId;
  if (more && after !== undefined && stage.catchingUp.pages < PAGES_MAX)
    return { action: { do: 'readArchive', room: stage.room.jid, after } };
  return done(stage);
}

function done(stage: Extract<Stage, { at: 'open' }>): Missed {
  const { archived, held, live } = stage.catchingUp!;
  delete stage.catchingUp;
  return { lines: [...archived, ...held, ...live] };
}

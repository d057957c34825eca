/** A page of the room's archive (XEP-0313): results come as messages, then the answer says whether there are more. */
import type { Strophe } from 'strophe.js';
import type { Event } from '../chat/event';
import type { Heard } from '../chat/line';
import { ns } from './names';
import { bare, child, readResult, type Reader } from './reading';
import { archiveQuestion } from './writing';

type Connection = InstanceType<typeof Strophe.Connection>;

/** An archive that does not answer is none. */
const ANSWER_MILLISECONDS = 8_000;

/** Asks for the lines after an id; tells `archiveRead` once, with nothing where there is no archive. */
export function askArchive(
  connection: Connection,
  room: string,
  after: string,
  around: () => Reader,
  tell: (event: Event) => void,
): void {
  const queryId = crypto.randomUUID();
  const lines: Heard[] = [];
  const take = (stanza: Element) => {
    const result = child(stanza, 'result', ns.archive);
    // Only what the room itself sends, and only to our own question: a guest may forge the rest.
    if (!result || result.getAttribute('queryid') !== queryId || stanza.getAttribute('from') !== room) return true;
    const line = readResult(result, around());
    if (line) lines.push(line);
    return true;
  };
  const handler = connection.addHandler(take, null, 'message', null, null, null);
  const finish = (answer: Element | null) => {
    connection.deleteHandler(handler);
    const end = answer && child(answer, 'fin', ns.archive);
    tell({ is: 'archiveRead', lines, more: end ? end.getAttribute('complete') !== 'true' : false });
  };
  connection.sendIQ(archiveQuestion(bare(room), after, queryId), finish, finish, ANSWER_MILLISECONDS);
}

/** All that the window's chat can ask for, to be done in this order. */
import type { Happening } from '../../between';
import type { Answers, OwedRating, Room } from './model';

export type Action =
  /** Log in; answered by `linked` or `unlinked`. */
  | { do: 'connect' }
  /** End the stream properly. No answer. */
  | { do: 'disconnect' }
  /** Let the stream go without a word: it is dead, or will be made anew. No answer. */
  | { do: 'drop' }
  /** Enter a room; answered by `entered`, then (in a room that was there) what was said before, and `historyEnded`. */
  | { do: 'enter'; room: Room; nick: string }
  /** Configure the new room, make the desk its owner. Answered only where it fails. */
  | { do: 'furnish'; room: Room; desk: string }
  /** Call the desk. */
  | { do: 'invite'; room: Room; desk: string; answers: Answers; subject: string }
  | { do: 'say'; room: string; id: string; text: string }
  | { do: 'tellTyping'; room: string; state: 'composing' | 'paused' }
  /** Tell the desk; answered by `ratingTaken` when the server has it. */
  | { do: 'rate'; desk: string; owed: OwedRating }
  | { do: 'leave'; room: string }
  /** Read the archive of the room after this id; answered by `archiveRead`, empty where there is none. */
  | { do: 'readArchive'; room: string; after: string }
  /** Tell the site. */
  | { do: 'tellSite'; what: Happening; detail?: unknown };

/** All that can happen to the window's chat. */
import type { Context } from '../../between';
import type { Heard } from './line';
import type { Answers, Rating, Standing } from './model';

export type Event =
  // The guest
  | { is: 'asked'; answers: Answers; text: string; nick: string }
  | { is: 'wrote'; text: string }
  | { is: 'drafted'; draft: string }
  | { is: 'sentAgain'; id: string }
  | { is: 'rated'; rating: Rating }
  | { is: 'ended'; rating?: Rating }
  | { is: 'begunAnew' }
  | { is: 'shown'; shown: boolean }
  // The site
  | { is: 'introduced'; token?: string; context?: Context }
  | { is: 'languageChosen'; language: string }
  // The way to the server
  | { is: 'resumed' }
  | { is: 'linked' }
  | { is: 'unlinked' }
  | { is: 'networkLost' }
  | { is: 'networkBack' }
  // The room
  | { is: 'entered'; nick: string; created: boolean }
  | { is: 'enteringRefused'; condition: string }
  | { is: 'furnishingRefused' }
  | { is: 'removed'; how: 'destroyed' | 'shownOut' | 'otherwise' }
  | { is: 'appeared'; nick: string; owner: boolean }
  | { is: 'vanished'; nick: string; renamedTo?: string }
  | { is: 'heard'; line: Heard }
  | { is: 'stood'; nick: string; standing: Standing }
  | { is: 'typed'; nick: string; composing: boolean }
  | { is: 'refused'; id: string }
  | { is: 'ratingTaken' }
  | { is: 'historyEnded' }
  | { is: 'archiveRead'; lines: Heard[]; more: boolean }
  // The clock
  | { is: 'timePassed' };

/** When an event happened, and what randomness there is for it. */
export interface Moment {
  /** Milliseconds since 1970, for people. */
  wall: number;
  /** Milliseconds that never jump, for deadlines. */
  steady: number;
  /** 128 random bits, as letters and digits; another at each call. */
  random(): string;
}

/** Every sentence of the window, in one language. */
export interface Words {
  title: string;
  guest: string;
  you: string;
  /** Beside the desk's name: it is not a person. */
  automatic: string;

  // The state line
  welcome: string;
  connecting: string;
  offline: string;
  reconnecting: string;
  unreachable: string;
  callingDesk: string;
  deskIsSilent: string;
  desk: string;
  calling: (name: string | undefined) => string;
  /** `position` from 1; `undefined`: far back, or not known. */
  waiting: (position: number | undefined, minutes: number | undefined) => string;
  /** `several`: more than one name. */
  isHere: (names: string, several: boolean) => string;
  outOfHours: (opens: string | undefined) => string;
  left: string;
  closed: string;
  gone: string;
  removed: string;

  // Before the chat
  intro: string;
  introClosed: (opens: string | undefined) => string;
  name: string;
  email: string;
  department: string;
  choose: string;
  customerNumber: string;
  question: string;
  optional: string;
  start: string;
  startClosed: string;
  missing: string;
  noEmail: string;
  problem: string;
  noDesk: string;
  again: string;

  // The chat
  log: string;
  write: string;
  send: string;
  close: string;
  more: string;
  typing: (names: string, several: boolean) => string;
  notSent: string;
  sending: string;
  unsaid: string;
  edited: string;
  opensInTab: string;
  end: string;
  endChat: string;
  takeAlong: string;
  newChat: string;

  // The end
  rateTitle: string;
  good: string;
  bad: string;
  rateWords: string;
  endNow: string;
  back: string;
  sendRating: string;
  thanks: string;
  /** Instead of `thanks`, while it cannot be sent. */
  ratingWaits: string;

  /** In the file that is taken along. */
  transcript: (date: string) => string;
}

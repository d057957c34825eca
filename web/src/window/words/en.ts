import type { Words } from './words';

const PLACES = ['next', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

function place(position: number | undefined): string {
  if (position === undefined) return 'You are in line';
  if (position === 1) return 'You are next';
  const word = PLACES[position - 1];
  return word ? `You are ${word} in line` : `You are number ${position} in line`;
}

function wait(minutes: number | undefined): string {
  if (minutes === undefined) return '';
  return minutes <= 1 ? ' · about a minute' : ` · about ${minutes} minutes`;
}

export const en: Words = {
  title: 'Online help',
  guest: 'Guest',
  you: 'You',
  automatic: 'automatic',
  welcome: 'We are here to help',
  connecting: 'Connecting …',
  offline: 'No network. We go on when it is back.',
  reconnecting: 'Connection lost. Reconnecting …',
  unreachable: 'The help desk cannot be reached. Trying again …',
  callingDesk: 'Calling the help desk …',
  deskIsSilent: 'The help desk does not answer yet. Please stay.',
  desk: 'The help desk is here',
  calling: (name) => (name ? `${name} is being called …` : 'Somebody is being called …'),
  waiting: (position, minutes) => place(position) + wait(minutes),
  isHere: (names, several) => `${names} ${several ? 'are' : 'is'} here`,
  outOfHours: (opens) => (opens ? `Closed until ${opens}` : 'Closed right now'),
  left: 'You have ended the chat',
  closed: 'The chat has ended',
  gone: 'The chat ended while you were away',
  removed: 'You were removed from the chat',
  intro: 'Hello! What can we do for you?',
  introClosed: (opens) =>
    `Nobody is on duty right now.${opens ? ` We are back ${opens}.` : ''} Leave us a message, and we will get back to you.`,
  name: 'Your name',
  email: 'Your e-mail address',
  department: 'Department',
  choose: 'Please choose',
  customerNumber: 'Customer number',
  question: 'Your question',
  optional: 'optional',
  start: 'Start the chat',
  startClosed: 'Leave the message',
  missing: 'Please fill this in.',
  noEmail: 'This is not an e-mail address.',
  problem: 'The chat could not be started. Please try again in a moment.',
  noDesk: 'The help desk cannot be reached right now.',
  again: 'Try again',
  log: 'Chat',
  write: 'Write a message',
  send: 'Send',
  close: 'Hide the window',
  more: 'More',
  typing: (names, several) => `${names} ${several ? 'are' : 'is'} typing …`,
  notSent: 'Not sent. Try again',
  sending: 'Sending …',
  unsaid: 'Not sent',
  edited: 'edited',
  opensInTab: 'opens in a new tab',
  end: 'End',
  endChat: 'End the chat',
  takeAlong: 'Save the transcript',
  newChat: 'Start a new chat',
  rateTitle: 'How was it?',
  good: 'Good',
  bad: 'Not good',
  rateWords: 'Would you like to say why?',
  endNow: 'End the chat',
  back: 'Back to the chat',
  sendRating: 'Send',
  thanks: 'Thank you for telling us.',
  ratingWaits: 'Thank you. We pass it on as soon as there is a connection.',
  transcript: (date) => `Chat of ${date}`,
};

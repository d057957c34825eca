import type { Words } from './words';

function place(position: number | undefined): string {
  if (position === undefined) return 'Sie sind in der Warteschlange';
  return position === 1 ? 'Sie sind als Nächstes dran' : `Sie sind an ${position}. Stelle`;
}

function wait(minutes: number | undefined): string {
  if (minutes === undefined) return '';
  return minutes <= 1 ? ' · etwa eine Minute' : ` · etwa ${minutes} Minuten`;
}

export const de: Words = {
  title: 'Online-Hilfe',
  guest: 'Gast',
  you: 'Sie',
  automatic: 'automatisch',
  welcome: 'Wir sind für Sie da',
  connecting: 'Verbindung wird aufgebaut …',
  offline: 'Kein Netz. Es geht weiter, sobald es wieder da ist.',
  reconnecting: 'Verbindung verloren. Neuer Versuch …',
  unreachable: 'Die Hilfe ist nicht erreichbar. Neuer Versuch …',
  callingDesk: 'Die Hilfe wird gerufen …',
  deskIsSilent: 'Die Hilfe antwortet noch nicht. Bitte bleiben Sie.',
  desk: 'Die Hilfe ist da',
  calling: (name) => (name ? `${name} wird gerufen …` : 'Jemand wird gerufen …'),
  waiting: (position, minutes) => place(position) + wait(minutes),
  isHere: (names, several) => `${names} ${several ? 'sind' : 'ist'} da`,
  outOfHours: (opens) => (opens ? `Geschlossen bis ${opens}` : 'Gerade geschlossen'),
  left: 'Sie haben das Gespräch beendet',
  closed: 'Das Gespräch ist beendet',
  gone: 'Das Gespräch endete, während Sie weg waren',
  removed: 'Sie wurden aus dem Gespräch entfernt',
  intro: 'Guten Tag! Was können wir für Sie tun?',
  introClosed: (opens) =>
    `Gerade ist niemand im Dienst.${opens ? ` Wir sind ${opens} wieder da.` : ''} Hinterlassen Sie eine Nachricht; wir melden uns.`,
  name: 'Ihr Name',
  email: 'Ihre E-Mail-Adresse',
  department: 'Abteilung',
  choose: 'Bitte wählen',
  customerNumber: 'Kundennummer',
  question: 'Ihre Frage',
  optional: 'freiwillig',
  start: 'Gespräch beginnen',
  startClosed: 'Nachricht hinterlassen',
  missing: 'Bitte füllen Sie das aus.',
  noEmail: 'Das ist keine E-Mail-Adresse.',
  problem: 'Das Gespräch konnte nicht beginnen. Bitte versuchen Sie es gleich noch einmal.',
  noDesk: 'Die Hilfe ist gerade nicht erreichbar.',
  again: 'Noch einmal versuchen',
  log: 'Gespräch',
  write: 'Nachricht schreiben',
  send: 'Senden',
  close: 'Fenster ausblenden',
  more: 'Mehr',
  typing: (names, several) => `${names} ${several ? 'schreiben' : 'schreibt'} …`,
  notSent: 'Nicht gesendet. Noch einmal',
  sending: 'Wird gesendet …',
  unsaid: 'Nicht gesendet',
  edited: 'bearbeitet',
  opensInTab: 'öffnet sich in einem neuen Tab',
  end: 'Beenden',
  endChat: 'Gespräch beenden',
  takeAlong: 'Verlauf speichern',
  newChat: 'Neues Gespräch',
  rateTitle: 'Wie war es?',
  good: 'Gut',
  bad: 'Nicht gut',
  rateWords: 'Möchten Sie sagen, warum?',
  endNow: 'Gespräch beenden',
  back: 'Zurück zum Gespräch',
  sendRating: 'Senden',
  thanks: 'Danke für Ihre Rückmeldung.',
  ratingWaits: 'Vielen Dank. Wir geben es weiter, sobald es eine Verbindung gibt.',
  transcript: (date) => `Gespräch vom ${date}`,
};

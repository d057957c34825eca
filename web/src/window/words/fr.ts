import type { Words } from './words';

function place(position: number | undefined): string {
  if (position === undefined) return 'Vous êtes dans la file d’attente';
  return position === 1 ? 'C’est bientôt à vous' : `Vous êtes en ${position}ᵉ position`;
}

function wait(minutes: number | undefined): string {
  if (minutes === undefined) return '';
  return minutes <= 1 ? ' · environ une minute' : ` · environ ${minutes} minutes`;
}

export const fr: Words = {
  title: 'Aide en ligne',
  guest: 'Visiteur',
  you: 'Vous',
  automatic: 'automatique',
  welcome: 'Nous sommes là pour vous',
  connecting: 'Connexion en cours …',
  offline: 'Pas de réseau. Nous reprendrons dès son retour.',
  reconnecting: 'Connexion perdue. Nouvel essai …',
  unreachable: 'L’assistance est injoignable. Nouvel essai …',
  callingDesk: 'Nous appelons l’assistance …',
  deskIsSilent: 'L’assistance ne répond pas encore. Merci de patienter.',
  desk: 'L’assistance est là',
  calling: (name) => (name ? `Nous appelons ${name} …` : 'Nous appelons quelqu’un …'),
  waiting: (position, minutes) => place(position) + wait(minutes),
  isHere: (names, several) => `${names} vous ${several ? 'répondent' : 'répond'}`,
  outOfHours: (opens) => (opens ? `Fermé jusqu’au ${opens}` : 'Fermé en ce moment'),
  left: 'Vous avez terminé la conversation',
  closed: 'La conversation est terminée',
  gone: 'La conversation s’est terminée en votre absence',
  removed: 'Vous avez été exclu de la conversation',
  intro: 'Bonjour ! Que pouvons-nous faire pour vous ?',
  introClosed: (opens) =>
    `Personne n’est de service en ce moment.${opens ? ` Nous serons de retour le ${opens}.` : ''} Laissez-nous un message, nous vous répondrons.`,
  name: 'Votre nom',
  email: 'Votre adresse e-mail',
  department: 'Service',
  choose: 'Veuillez choisir',
  customerNumber: 'Numéro de client',
  question: 'Votre question',
  optional: 'facultatif',
  start: 'Commencer la conversation',
  startClosed: 'Laisser le message',
  missing: 'Veuillez remplir ce champ.',
  noEmail: 'Ce n’est pas une adresse e-mail.',
  problem: 'La conversation n’a pas pu commencer. Veuillez réessayer dans un instant.',
  noDesk: 'L’assistance est injoignable pour le moment.',
  again: 'Réessayer',
  log: 'Conversation',
  write: 'Écrire un message',
  send: 'Envoyer',
  close: 'Masquer la fenêtre',
  more: 'Plus',
  typing: (names, several) => `${names} ${several ? 'écrivent' : 'écrit'} …`,
  notSent: 'Non envoyé. Réessayer',
  sending: 'Envoi en cours …',
  unsaid: 'Non envoyé',
  edited: 'modifié',
  opensInTab: 's’ouvre dans un nouvel onglet',
  end: 'Terminer',
  endChat: 'Terminer la conversation',
  takeAlong: 'Enregistrer la conversation',
  newChat: 'Nouvelle conversation',
  rateTitle: 'Qu’en avez-vous pensé ?',
  good: 'Bien',
  bad: 'Pas bien',
  rateWords: 'Voulez-vous dire pourquoi ?',
  endNow: 'Terminer la conversation',
  back: 'Revenir à la conversation',
  sendRating: 'Envoyer',
  thanks: 'Merci de votre avis.',
  ratingWaits: 'Merci. Nous le transmettrons dès que la connexion sera rétablie.',
  transcript: (date) => `Conversation du ${date}`,
};

import type { Words } from './words';

function place(position: number | undefined): string {
  if (position === undefined) return 'Está en la cola';
  return position === 1 ? 'Es el siguiente turno' : `Está en el puesto ${position}`;
}

function wait(minutes: number | undefined): string {
  if (minutes === undefined) return '';
  return minutes <= 1 ? ' · alrededor de un minuto' : ` · unos ${minutes} minutos`;
}

export const es: Words = {
  title: 'Ayuda en línea',
  guest: 'Invitado',
  you: 'Usted',
  automatic: 'automático',
  welcome: 'Estamos aquí para ayudarle',
  connecting: 'Conectando …',
  offline: 'Sin red. Seguiremos cuando vuelva.',
  reconnecting: 'Conexión perdida. Volviendo a conectar …',
  unreachable: 'No se puede contactar con la ayuda. Volviendo a intentar …',
  callingDesk: 'Llamando a la ayuda …',
  deskIsSilent: 'La ayuda aún no responde. Espere, por favor.',
  desk: 'La ayuda está aquí',
  calling: (name) => (name ? `Llamando a ${name} …` : 'Llamando a alguien …'),
  waiting: (position, minutes) => place(position) + wait(minutes),
  isHere: (names, several) => `Le ${several ? 'atienden' : 'atiende'} ${names}`,
  outOfHours: (opens) => (opens ? `Cerrado hasta el ${opens}` : 'Cerrado en este momento'),
  left: 'Ha terminado la conversación',
  closed: 'La conversación ha terminado',
  gone: 'La conversación terminó mientras no estaba',
  removed: 'Le han retirado de la conversación',
  intro: '¡Hola! ¿Qué podemos hacer por usted?',
  introClosed: (opens) =>
    `Ahora no hay nadie de servicio.${opens ? ` Volvemos el ${opens}.` : ''} Déjenos un mensaje y le responderemos.`,
  name: 'Su nombre',
  email: 'Su correo electrónico',
  department: 'Departamento',
  choose: 'Elija, por favor',
  customerNumber: 'Número de cliente',
  question: 'Su pregunta',
  optional: 'opcional',
  start: 'Empezar la conversación',
  startClosed: 'Dejar el mensaje',
  missing: 'Rellene este campo, por favor.',
  noEmail: 'No es una dirección de correo electrónico.',
  problem: 'No se pudo empezar la conversación. Vuelva a intentarlo en un momento.',
  noDesk: 'Ahora no se puede contactar con la ayuda.',
  again: 'Volver a intentar',
  log: 'Conversación',
  write: 'Escribir un mensaje',
  send: 'Enviar',
  close: 'Ocultar la ventana',
  more: 'Más',
  typing: (names, several) => `${names} ${several ? 'están' : 'está'} escribiendo …`,
  notSent: 'No enviado. Volver a intentar',
  sending: 'Enviando …',
  unsaid: 'No enviado',
  edited: 'editado',
  opensInTab: 'se abre en una pestaña nueva',
  end: 'Terminar',
  endChat: 'Terminar la conversación',
  takeAlong: 'Guardar la conversación',
  newChat: 'Nueva conversación',
  rateTitle: '¿Qué le ha parecido?',
  good: 'Bien',
  bad: 'No muy bien',
  rateWords: '¿Quiere decirnos por qué?',
  endNow: 'Terminar la conversación',
  back: 'Volver a la conversación',
  sendRating: 'Enviar',
  thanks: 'Gracias por su opinión.',
  ratingWaits: 'Gracias. Lo enviaremos en cuanto haya conexión.',
  transcript: (date) => `Conversación del ${date}`,
};

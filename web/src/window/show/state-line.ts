/** The one sentence that says how things stand. */
import type { Model, Stage } from '../chat/model';
import type { Speech } from '../words';

export type Tone = 'calm' | 'busy' | 'here' | 'trouble';

export interface StateLine {
  text: string;
  tone: Tone;
}

/** So many failures in a row, and the desk, not the network, is to blame. */
const FAILURES_MANY = 3;

/** `hours`: whether the desk takes guests now, and when it does again. */
export function stateLine(model: Model, hours: { open: boolean; opens: string | null }, speech: Speech): StateLine {
  const { words } = speech;
  const { stage } = model;
  switch (stage.at) {
    case 'asking':
      return hours.open ? { text: words.welcome, tone: 'here' } : { text: words.outOfHours(opening(hours.opens, speech)), tone: 'calm' };
    case 'over':
      return { text: words[stage.why], tone: 'calm' };
    case 'open':
      return onTheWay(model, stage, speech) ?? inside(model, speech);
  }
}

function onTheWay(model: Model, stage: Extract<Stage, { at: 'open' }>, { words }: Speech): StateLine | undefined {
  if (model.offline) return { text: words.offline, tone: 'trouble' };
  if (stage.inside) return undefined;
  if (model.failures > FAILURES_MANY) return { text: words.unreachable, tone: 'trouble' };
  return stage.invited ? { text: words.reconnecting, tone: 'trouble' } : { text: words.connecting, tone: 'busy' };
}

function inside(model: Model, speech: Speech): StateLine {
  const { words, locale } = speech;
  const { standing } = model;
  const operators = operatorsHere(model);
  if (operators.length > 0) return { text: words.isHere(listed(operators, locale), operators.length > 1), tone: 'here' };
  if (model.deskIsSilent) return { text: words.deskIsSilent, tone: 'busy' };
  if (!standing) return { text: deskIsHere(model) ? words.desk : words.callingDesk, tone: 'busy' };
  switch (standing.stage) {
    case 'serving':
      return standing.operator ? { text: words.isHere(standing.operator, false), tone: 'here' } : { text: words.desk, tone: 'here' };
    case 'offered':
      return { text: words.calling(standing.operator), tone: 'busy' };
    case 'waiting':
      return standing.closedHours
        ? { text: words.outOfHours(opening(standing.opens, speech)), tone: 'calm' }
        : { text: words.waiting(standing.position, minutes(standing.wait)), tone: 'busy' };
    case 'closed':
      return { text: words.closed, tone: 'calm' };
  }
}

function operatorsHere(model: Model): string[] {
  return [...model.occupants.values()].filter(({ kind }) => kind === 'operator').map(({ nick }) => nick);
}

function deskIsHere(model: Model): boolean {
  return [...model.occupants.values()].some(({ kind }) => kind === 'desk');
}

function minutes(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds / 60));
}

/** Several names as the language lists them. */
export function listed(names: string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
}

/** When the desk opens, in the guest's own time. */
export function opening(opens: string | null | undefined, { locale }: Speech): string | undefined {
  const at = opens ? new Date(opens) : undefined;
  if (!at || Number.isNaN(at.getTime())) return undefined;
  return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }).format(at);
}

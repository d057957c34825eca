/** What the window says becomes stanzas. */
import { $iq, $msg, $pres } from 'strophe.js';
import type { Context } from '../../between';
import type { Answers, OwedRating, Room } from '../chat/model';
import { legal } from './legal';
import { ns } from './names';

type Stanza = ReturnType<typeof $msg>;

/** More of a room's history is not asked for; most servers keep 20 lines. */
const HISTORY_LINES = '50';
/** Lines of an archive's page. */
const PAGE_LINES = '50';

/** XEP-0045, 7.2. */
export function entering(room: Room, nick: string): Stanza {
  return $pres({ to: `${room.jid}/${nick}` })
    .c('x', { xmlns: ns.room })
    .c('password', {}, room.password)
    .c('history', { maxstanzas: HISTORY_LINES });
}

export function leaving(room: string, nick: string): Stanza {
  return $pres({ to: `${room}/${nick}`, type: 'unavailable' });
}

/**
 * The whole configuration of a new room (XEP-0045, 10.1.3). Not members-only: an anonymous guest who reloads has a new
 * JID, and the password is the way back.
 */
export function furnishing(room: Room): Stanza {
  return form($iq({ to: room.jid, type: 'set' }).c('query', { xmlns: ns.roomOwner }), ns.roomConfig, {
    'muc#roomconfig_publicroom': '0',
    'muc#roomconfig_whois': 'moderators',
    'muc#roomconfig_membersonly': '0',
    'muc#roomconfig_passwordprotectedroom': '1',
    'muc#roomconfig_roomsecret': room.password,
  });
}

/** The desk becomes an owner (XEP-0045, 10.3). */
export function givingAway(room: Room, desk: string): Stanza {
  return $iq({ to: room.jid, type: 'set' })
    .c('query', { xmlns: ns.roomAdmin })
    .c('item', { affiliation: 'owner', jid: desk });
}

export interface Guest {
  answers: Answers;
  context: Context;
  token: string;
  language: string;
}

/** A direct invitation (XEP-0249) with the guest form: docs/protocol.md. */
export function invitation(room: Room, desk: string, guest: Guest, subject: string): Stanza {
  const { answers, context, token, language } = guest;
  const fields = {
    department: answers.department || context.department,
    language,
    subject,
    page: context.page,
    name: answers.name || context.name,
    customer_id: answers.customer_id || context.customer_id,
    token,
  };
  const stanza = $msg({ to: desk, type: 'normal', 'xml:lang': language })
    .c('x', { xmlns: ns.invitation, jid: room.jid, password: room.password })
    .up();
  return form(stanza, ns.guest, fields);
}

/** A line, with an id that the room's echo carries. */
export function saying(room: string, id: string, text: string): Stanza {
  return $msg({ to: room, type: 'groupchat', id })
    .c('body', {}, legal(text))
    .c('origin-id', { xmlns: ns.stanzaId, id })
    .up()
    .c('active', { xmlns: ns.chatStates });
}

/** XEP-0085. */
export function typing(room: string, state: 'composing' | 'paused'): Stanza {
  return $msg({ to: room, type: 'groupchat' }).c(state, { xmlns: ns.chatStates }).up().c('no-store', { xmlns: ns.hints });
}

export function rating(desk: string, id: string, { rating: { value, words }, room, heard }: OwedRating): Stanza {
  return $msg({ to: desk, type: 'normal', id }).c('rating', { xmlns: ns.rating, room, ...(heard && { heard }), value }, legal(words));
}

/** A page of the room's archive (XEP-0313) after an id. */
export function archiveQuestion(room: string, after: string, queryId: string): Stanza {
  return form($iq({ to: room, type: 'set' }).c('query', { xmlns: ns.archive, queryid: queryId }), ns.archive, {})
    .up()
    .c('set', { xmlns: ns.paging })
    .c('max', {}, PAGE_LINES)
    .c('after', {}, after);
}

/** Asks the room whether we are still in it (XEP-0410), and the link whether it lives. */
export function selfPing(room: string, nick: string): Stanza {
  return $iq({ to: `${room}/${nick}`, type: 'get' }).c('ping', { xmlns: ns.ping });
}

export function serverPing(domain: string): Stanza {
  return $iq({ to: domain, type: 'get' }).c('ping', { xmlns: ns.ping });
}

/** Adds a submitted form (XEP-0004); fields without a value are left out. */
function form(stanza: Stanza, type: string, fields: Record<string, string | undefined>): Stanza {
  stanza.c('x', { xmlns: ns.dataForm, type: 'submit' }).c('field', { var: 'FORM_TYPE', type: 'hidden' }).c('value', {}, type).up();
  for (const [name, value] of Object.entries(fields)) {
    if (value) stanza.c('field', { var: name }).c('value', {}, legal(value)).up();
  }
  return stanza;
}

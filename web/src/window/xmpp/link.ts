/**
 * The stream to the server: does what the chat asks for, and tells what comes. It notices by itself when nothing comes
 * any more; when to try again is the chat's to decide.
 */
import { Strophe } from 'strophe.js';
import type { Action } from '../chat/action';
import type { Event } from '../chat/event';
import { askArchive } from './archive';
import { condition, readMessage, readPresence, type Reader } from './reading';
import * as writing from './writing';

/** After so much silence we ask whether the room is still there, and so long we wait for an answer. */
const SILENCE_MILLISECONDS = 15_000;
const ANSWER_MILLISECONDS = 6_000;
/** How long logging in may take. */
const LOGIN_MILLISECONDS = 15_000;

type Connection = InstanceType<typeof Strophe.Connection>;

export interface Address {
  /** `wss:` or `ws:`. */
  socket: string;
  /** Where guests log in. */
  domain: string;
}

/** What is known of the chat when it is needed. */
export interface Surroundings extends Reader {
  nick: string;
  guest: writing.Guest;
}

export class Link {
  private connection: Connection | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When something came last (wall clock: it must see that the machine slept). */
  private heardAt = 0;

  constructor(
    private readonly address: Address,
    private readonly around: () => Surroundings,
    private readonly tell: (event: Event) => void,
  ) {
    Strophe.setLogLevel(Strophe.LogLevel.FATAL);
  }

  perform(action: Action): void {
    switch (action.do) {
      case 'connect':
        return this.connect();
      case 'disconnect':
        return this.disconnect();
      case 'drop':
        return this.drop();
      case 'enter':
        return this.send(writing.entering(action.room, action.nick));
      case 'furnish':
        return this.furnish(action);
      case 'invite':
        return this.send(writing.invitation(action.room, action.desk, this.around().guest, action.subject));
      case 'say':
        return this.send(writing.saying(action.room, action.id, action.text));
      case 'tellTyping':
        return this.send(writing.typing(action.room, action.state));
      case 'rate':
        return this.rate(action);
      case 'leave':
        return this.send(writing.leaving(action.room, this.around().nick));
      case 'readArchive':
        return this.readArchive(action.room, action.after);
      case 'tellSite':
        return;
    }
  }

  /** The machine may have slept, or moved to another network: look now whether the link lives. */
  doubt(): void {
    if (this.connection?.connected && Date.now() - this.heardAt > ANSWER_MILLISECONDS) this.ping();
  }

  private connect(): void {
    this.drop();
    const options = { mechanisms: [Strophe.SASLAnonymous], explicitResourceBinding: true };
    const connection = new Strophe.Connection(this.address.socket, options);
    this.connection = connection;
    this.timer = setTimeout(() => this.lose(connection), LOGIN_MILLISECONDS);
    connection.connect(this.address.domain, '', (status: number) => this.follow(connection, status));
  }

  private follow(connection: Connection, status: number): void {
    if (connection !== this.connection) return;
    const { CONNECTED, DISCONNECTED, CONNFAIL, AUTHFAIL, ERROR, BINDREQUIRED } = Strophe.Status;
    if (status === CONNECTED) this.begin(connection);
    else if (status === BINDREQUIRED) this.bind(connection);
    else if (([DISCONNECTED, CONNFAIL, AUTHFAIL, ERROR] as number[]).includes(status)) this.lose(connection);
  }

  /** Servers since RFC 6121 want no session, and offer it to old clients only: it would be one more round trip. */
  private bind(connection: Connection): void {
    connection.do_session = false;
    connection.bind();
  }

  private begin(connection: Connection): void {
    connection.addHandler((stanza: Element) => this.hear(stanza), null, null, null, null, null);
    this.heard();
    this.tell({ is: 'linked' });
  }

  private hear(stanza: Element): true {
    this.heard();
    const read = { presence: readPresence, message: readMessage }[stanza.nodeName];
    for (const event of read?.(stanza, this.around()) ?? []) this.tell(event);
    return true;
  }

  private heard(): void {
    this.heardAt = Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ping(), SILENCE_MILLISECONDS);
  }

  private ping(): void {
    const { connection } = this;
    const { room, nick } = this.around();
    if (!connection?.connected) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(connection), ANSWER_MILLISECONDS);
    if (!room) return void connection.sendIQ(writing.serverPing(this.address.domain));
    const outside = (error: Element | null) => {
      if (error && condition(error) === 'not-acceptable') this.tell({ is: 'removed', how: 'otherwise' });
    };
    connection.sendIQ(writing.selfPing(room, nick), undefined, outside);
  }

  private furnish({ room, desk }: Extract<Action, { do: 'furnish' }>): void {
    this.connection?.sendIQ(writing.furnishing(room), undefined, () => this.tell({ is: 'furnishingRefused' }));
    // Where the desk's account is an admin of the service it is owner anyhow, and this may be refused.
    this.connection?.sendIQ(writing.givingAway(room, desk));
  }

  /** The server takes one stanza after the other: when it answers the question, it has the rating. */
  private rate({ desk, owed }: Extract<Action, { do: 'rate' }>): void {
    const { connection } = this;
    if (!connection?.connected) return;
    const taken = () => this.tell({ is: 'ratingTaken' });
    connection.send(writing.rating(desk, crypto.randomUUID(), owed));
    connection.sendIQ(writing.serverPing(this.address.domain), taken, (error: Element | null) => error && taken());
  }

  private readArchive(room: string, after: string): void {
    const { connection } = this;
    if (!connection) return;
    askArchive(connection, room, after, () => this.around(), this.tell);
  }

  private send(stanza: Parameters<Connection['send']>[0]): void {
    if (this.connection?.connected) this.connection.send(stanza);
  }

  private disconnect(): void {
    const { connection } = this;
    this.forget();
    if (connection?.connected) connection.disconnect();
    else connection?._proto._doDisconnect();
  }

  private drop(): void {
    const { connection } = this;
    this.forget();
    connection?._proto._doDisconnect();
    connection?.reset();
  }

  private lose(connection: Connection): void {
    if (connection !== this.connection) return;
    this.drop();
    this.tell({ is: 'unlinked' });
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.connection = undefined;
  }
}

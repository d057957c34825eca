/** What the desk's own server says of it: `config.json`, described in docs/protocol.md. */
import { OWN_COLOUR, isColour } from '../colour';
import type { Field } from './chat/model';

export interface Question {
  field: Field;
  required: boolean;
}

export interface Config {
  desk: string;
  nick: string;
  domain: string;
  service: string;
  websocket: string;
  address: string | null;
  sites: string[];
  title: string | null;
  colour: string;
  open: boolean;
  opens: string | null;
  form: Question[];
  form_closed: Question[];
  departments: string[];
  orders: string[];
}

/** Rejects where the desk's server cannot be reached. */
export async function fetchConfig(): Promise<Config> {
  const answer = await fetch('/config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  const config = (await answer.json()) as Config;
  return { ...config, colour: isColour(config.colour) ? config.colour : OWN_COLOUR };
}

/** Where the WebSocket is. */
export function socketAddress(config: Config): string {
  const address = new URL(config.websocket, location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

/** A guest's name as a nick in the room. */
import { legal } from './xmpp/legal';

const LENGTH_MAX = 40;

/** Without what a server refuses, or what would make it look like another name. */
export function nickFor(name: string | undefined, otherwise: string, deskNick: string): string {
  const plain = legal(name ?? '').replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  const nick = [...plain].slice(0, LENGTH_MAX).join('').trim();
  return nick === '' || nick.toLowerCase() === deskNick.toLowerCase() ? otherwise : nick;
}

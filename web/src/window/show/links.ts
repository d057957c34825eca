/** Text with its links, as nodes. Only `https:` and `http:` become links, and a link shows where it leads. */
import { make } from './dom';

const ADDRESS = /https?:\/\/[^\s<>"'`\u201c\u201d\u2066-\u2069\u202a-\u202e]+/giu;
const TRAILING = /[.,;:!?)\]}'’»]$/u;

export interface Piece {
  text: string;
  /** Where it leads, if it is a link. */
  href?: string;
}

/** Cuts a text into plain pieces and links. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = safe(address);
    if (href === undefined) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** A sentence's end is no part of the address, nor is a bracket that was opened before it. */
function trimmed(address: string): string {
  let end = address;
  while (TRAILING.test(end) && !(end.endsWith(')') && isBalanced(end))) end = end.slice(0, -1);
  return end;
}

function isBalanced(text: string): boolean {
  return text.split('(').length >= text.split(')').length;
}

function safe(address: string): string | undefined {
  try {
    const url = new URL(address);
    return (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Links open in another tab, which learns nothing of this one. */
export function linked(text: string, hint: string): (Node | string)[] {
  return pieces(text).map(({ text, href }) =>
    href === undefined
      ? text
      : make('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', title: hint }, text),
  );
}

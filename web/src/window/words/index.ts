/** The window's languages. */
import { de } from './de';
import { en } from './en';
import { es } from './es';
import { fr } from './fr';
import type { Words } from './words';

export type { Words };

const LANGUAGES: Record<string, Words> = { en, de, fr, es };
/** Languages that are written from right to left: the window can be, also where its own words are English. */
const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur', 'yi'];

export interface Speech {
  /** BCP 47, of dates, and what the desk is told. */
  locale: string;
  words: Words;
  rightToLeft: boolean;
}

/** The first of these that we speak, or English. */
export function speech(...wishes: (string | undefined)[]): Speech {
  const tags = wishes.filter((tag) => tag !== undefined && isTag(tag)) as string[];
  const locale = tags.find((tag) => primary(tag) in LANGUAGES) ?? 'en';
  const rightToLeft = RIGHT_TO_LEFT.includes(primary(tags[0] ?? ''));
  return { locale, words: LANGUAGES[primary(locale)]!, rightToLeft };
}

export function primary(tag: string): string {
  return tag.split(/[-_]/, 1)[0]!.toLowerCase();
}

function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

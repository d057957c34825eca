/** What the page keeps for the window while the tab lives. Where storage is denied it lives as long as the page. */
const memory: Record<string, string> = {};

export type Key = 'kept' | 'live' | 'shown';

export function recall(key: Key): string | null {
  try {
    return memory[key] ?? sessionStorage.getItem(`frontdesk.${key}`);
  } catch {
    return null;
  }
}

/** An empty text is none. */
export function keep(key: Key, text: string): void {
  delete memory[key];
  try {
    sessionStorage.setItem(`frontdesk.${key}`, text);
  } catch {
    memory[key] = text;
  }
}

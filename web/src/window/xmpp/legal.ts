/** Without what XML cannot carry (XML 1.0, 2.2): one such character would end the stream. */
export function legal(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}

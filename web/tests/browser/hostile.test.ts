/** 200 hostile strings as name, question, line, FAQ entry, and operator's name and words: all of them are text, and nothing runs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Guest, closeBrowser } from './guest';
import { Stage } from './stage';
import { HOSTILE, setTrap } from './strings';

/** Strings that share a message: the desk slows down who says too much. */
const TOGETHER = 25;
/** XML cannot carry these; the window and the operator's client leave them out. */
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|[\ud800-\udbff](?![\udc00-\udfff])|\ufffe/g;

const strings = HOSTILE.map((text) => text.replace(ILLEGAL, ''));
const chunks = Array.from({ length: strings.length / TOGETHER }, (_, at) => strings.slice(at * TOGETHER, (at + 1) * TOGETHER).join('\n'));

let stage: Stage;

before(async () => {
  // In a block of code, where Markdown leaves all of it as it is.
  const faq = Object.fromEntries(chunks.map((text, at) => [`hostile-${at}.md`, `# What is zebra${at}?\n\n\`\`\`\`\`\n${text}\n\`\`\`\`\`\n`]));
  stage = await Stage.set({ operators: ['alice'], faq, web: 'form = ["name", "question*"]' });
  await stage.do({ do: 'login', who: 'alice' });
});
after(async () => {
  await closeBrowser();
  await (stage as Stage | undefined)?.end();
});

test('there are two hundred of them', () => {
  assert.equal(new Set(HOSTILE).size, 200);
  assert.equal(chunks.length, 8);
});

test('as name and question of the guest, as lines, as answers of the FAQ, as name and words of the operator', async () => {
  const guest = await opened();
  await guest.click();
  await guest.ask(chunks[0]!, { name: strings[0]! });
  await stage.do({ do: 'accept', who: 'alice' });
  for (const text of chunks.slice(1)) {
    await guest.write(text);
    await guest.window.locator('.line.guest.said').nth(chunks.indexOf(text)).waitFor();
  }
  await stage.do({ do: 'pour_as', who: 'alice', words: strings });
  await guest.sees(strings.at(-1)!);
  await stage.do({ do: 'pour', who: 'alice', words: ['?? zebra0', '?? zebra5'] });
  await guest.window.locator('.line.desk', { hasText: '__trapped' }).first().waitFor();
  const said = (await guest.lines()).filter((line) => line.startsWith('operator: ')).map((line) => line.slice('operator: '.length));
  for (const text of strings) assert.ok(said.includes(text), text);
  const asked = (await guest.lines()).filter((line) => line.startsWith('guest: ')).map((line) => line.slice('guest: '.length));
  assert.deepEqual(asked, chunks.map((text) => text.trim()));
  await guest.picture('40-hostile');
  await nothingRan(guest);
  await guest.page.reload();
  await guest.sees(strings.at(-1)!);
  await nothingRan(guest);
  await guest.leave();
});

test('as names, in a row, on the way to the desk', async () => {
  const guest = await opened();
  await guest.click();
  for (const name of strings) await guest.page.evaluate((name) => (window as any).frontdesk.setContext({ name, subject: name, department: name }), name);
  await guest.ask(strings[7]!, { name: strings[150]! });
  await nothingRan(guest);
  await guest.leave();
});

async function opened(): Promise<Guest> {
  const guest = await Guest.at('about:blank');
  await guest.context.addInitScript(setTrap);
  await guest.page.goto(`${stage.address}/demo`);
  return guest;
}

async function nothingRan(guest: Guest): Promise<void> {
  const frames = guest.page.frames();
  assert.equal(frames.length, 2, 'no frame was added');
  for (const frame of frames) assert.deepEqual(await frame.evaluate(() => (window as any).__whatWasTrapped), []);
  const links = await guest.window.locator('a').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  assert.ok(links.every((protocol) => protocol === 'http:' || protocol === 'https:'), links.join());
  const foreign = await guest.window.locator('.words *:not(a):not(code)').count();
  assert.equal(foreign, 0);
  assert.deepEqual(guest.mistakes, []);
}

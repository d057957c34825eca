/** Keyboard, screen readers, contrast: in light and dark, from left and from right. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Frame, Page } from 'playwright-core';
import { Guest, closeBrowser } from './guest';
import { Site, pageWithButton } from './site';
import { Stage } from './stage';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let site: Site;
let stage: Stage;

before(async () => {
  site = await Site.open();
  stage = await Stage.set({
    operators: ['alice'],
    web: `sites = ["${site.address}"]\nform = ["name", "department*", "question*"]\ndepartments = ["Sales", "Technical"]\ntitle = "Teapots"\ncolour = "#7a1fa2"`,
  });
  site.pages['/'] = { html: pageWithButton(stage.address) };
  site.pages['/rtl'] = { html: pageWithButton(stage.address, 'data-colour="#ffcc00"').replace('<html lang="en">', '<html lang="ar" dir="rtl">') };
  await stage.do({ do: 'login', who: 'alice' });
});
after(async () => {
  await closeBrowser();
  await (stage as Stage | undefined)?.end();
  site.close();
});

for (const [colorScheme, address] of [['light', '/'], ['dark', '/'], ['light', '/rtl']] as const) {
  test(`axe finds nothing in any state: ${colorScheme}, ${address}`, async () => {
    const guest = await Guest.at(site.address + address, { colorScheme });
    const look = lookAt(guest, `${colorScheme}${address.replace('/', '-')}`);
    await look('button');
    await guest.click();
    await guest.window.locator('.questions .primary').click();
    await look('form with mistakes');
    await guest.ask('Which one is the red one?', { department: 'Sales' });
    await stage.do({ do: 'accept', who: 'alice' });
    await stage.do({ do: 'say', who: 'alice', words: 'This one: https://example.org/red' });
    await guest.sees('This one');
    await stage.do({ do: 'type', who: 'alice', state: 'composing' });
    await guest.window.getByText('Alice is typing').waitFor();
    await guest.write('Thank you.');
    await stage.do({ do: 'hear', who: 'alice', words: 'Thank you.' });
    await look('chat');
    await guest.window.getByRole('button', { name: 'End the chat' }).click();
    await guest.window.getByRole('button', { name: 'Good', exact: true }).click();
    await look('rating');
    await guest.window.locator('.choices').getByRole('button', { name: 'End the chat' }).click();
    await guest.stateIs('You have ended the chat');
    await look('ended');
    assert.deepEqual(guest.mistakes, []);
    await guest.leave();
  });
}

for (const [colorScheme, address] of [['light', '/'], ['dark', '/'], ['light', '/rtl']] as const) {
  test(`axe finds nothing where things go wrong: ${colorScheme}, ${address}`, async () => {
    const troubled = await Stage.set({ operators: ['alice'], web: `sites = ["${site.address}"]`, guest_grace_seconds: 1 });
    site.pages['/troubled'] = { html: site.pages[address]!.html.replaceAll(stage.address, troubled.address) };
    await troubled.do({ do: 'login', who: 'alice' });
    const guest = await Guest.at(`${site.address}/troubled`, { colorScheme });
    const look = lookAt(guest, `${colorScheme}${address.replace('/', '-')}`);
    await guest.click();
    await guest.ask('Is it warm?');
    await troubled.do({ do: 'accept', who: 'alice' });
    await guest.stateIs('Alice is here');
    await guest.context.setOffline(true);
    await guest.stateIs('No network');
    await guest.write('Hello?');
    await look('offline');
    await troubled.do({ do: 'see_end', who: 'alice' });
    await guest.context.setOffline(false);
    await guest.stateIs('The chat ended while you were away');
    await guest.window.locator('.line.unsaid', { hasText: 'Not sent' }).waitFor();
    await look('gone');
    await guest.window.getByRole('button', { name: 'Start a new chat' }).click();
    assert.equal(await guest.window.locator('.questions [name="question"]').inputValue(), 'Hello?');
    await guest.ask('Is it cold?');
    await troubled.do({ do: 'stop_server' });
    await guest.stateIs('cannot be reached');
    await look('unreachable');
    await guest.page.route('**/config.json', (route) => route.abort());
    await guest.page.reload();
    await guest.window.getByRole('button', { name: 'Try again' }).waitFor();
    await look('no desk');
    await guest.leave();
    await troubled.do({ do: 'start_server' });
    await troubled.end();
  });
}

test('axe finds nothing out of hours, in any look', async () => {
  const closed = await Stage.set({ operators: ['alice'], web: `sites = ["${site.address}"]`, queue: 'hours = "Mo-Su 00:00-00:01"' });
  for (const [colorScheme, address] of [['light', '/'], ['dark', '/'], ['light', '/rtl']] as const) {
    site.pages['/closed'] = { html: site.pages[address]!.html.replaceAll(stage.address, closed.address) };
    const guest = await Guest.at(`${site.address}/closed`, { colorScheme });
    const look = lookAt(guest, `${colorScheme}${address.replace('/', '-')}`);
    await guest.click();
    await guest.window.getByText('Nobody is on duty right now.').waitFor();
    await guest.window.locator('.questions .primary').click();
    await look('out of hours');
    await guest.ask('Please call me.', { name: 'Kim', email: 'kim@example.org' });
    await guest.stateIs('Closed until');
    await look('message left');
    await guest.leave();
  }
  await closed.end();
});

test('all can be done with the keyboard, and the focus goes where one goes on', async () => {
  const guest = await Guest.at(site.address);
  const keys = async (...names: string[]) => {
    for (const name of names) await guest.page.keyboard.press(name);
  };
  await guest.button.waitFor();
  await keys('Tab', 'Enter');
  await guest.window.locator('.questions').waitFor();
  await focusIs(guest, 'field-name');
  await guest.page.keyboard.type('Kim');
  await keys('Tab', 'ArrowDown', 'Tab');
  await focusIs(guest, 'field-question');
  await guest.page.keyboard.type('Is it dishwasher safe?');
  await keys('Tab', 'Enter');
  await guest.window.locator('.line.desk').first().waitFor();
  await focusIs(guest, 'Write a message');
  await guest.page.keyboard.type('first');
  await keys('Shift+Enter');
  await guest.page.keyboard.type('second');
  await keys('Enter');
  await guest.sees('first\nsecond');
  await keys('Escape');
  await guest.page.locator('iframe:not(.shown)').waitFor({ state: 'attached' });
  assert.equal(await guest.page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.tagName), 'BUTTON');
  assert.equal(await guest.button.getAttribute('aria-expanded'), 'false');
  await keys('Enter');
  await focusIs(guest, 'Write a message');
  await keys('Shift+Tab', 'Shift+Tab', 'Shift+Tab');
  await focusIs(guest, 'End the chat');
  await keys('Enter', 'Space', 'Tab', 'Tab', 'Tab', 'Tab', 'Enter');
  await guest.stateIs('You have ended the chat');
  await guest.window.getByText('Thank you for telling us.').waitFor();
  await guest.leave();
});

test('screen readers find a log, a status, names, and the language', async () => {
  const guest = await Guest.at(site.address, { reducedMotion: 'reduce' });
  await guest.click();
  await guest.ask('Is it heavy?', { department: 'Technical' });
  const role = (name: Parameters<typeof guest.window.getByRole>[0], label?: string) => guest.window.getByRole(name, label ? { name: label } : {}).count();
  assert.deepEqual([await role('log', 'Chat'), await role('status'), await role('textbox', 'Write a message'), await role('heading', 'Teapots')], [1, 1, 1, 1]);
  assert.equal(await guest.window.locator('html').getAttribute('lang'), 'en');
  assert.equal(await guest.page.locator('iframe').getAttribute('title'), 'Online help');
  const moving = await guest.window.locator('.state').evaluate((state) => getComputedStyle(state, '::before').animationName);
  assert.equal(moving, 'none');
  await guest.leave();
});

/** Takes a picture of a state, and has axe look at the page and the window. */
function lookAt(guest: Guest, name: string): (state: string) => Promise<void> {
  return async (state) => {
    await guest.picture(`20-${name}-${state}`);
    for (const frame of guest.page.frames()) assert.deepEqual(await violations(frame), [], `${name}: ${state}`);
  };
}

async function focusIs(guest: Guest, wanted: string): Promise<void> {
  const frame = guest.page.frames().find((frame) => frame.url().endsWith('/frame'))!;
  await frame.waitForFunction((wanted) => [document.activeElement?.id, document.activeElement?.getAttribute('aria-label')].includes(wanted), wanted);
}

/** What axe-core finds in a frame, in short. A page's policy forbids script tags, so the debugger brings it in. */
async function violations(frame: Frame | Page): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  await frame.evaluate(await readFile(AXE, 'utf8'));
  return frame.evaluate(async () => {
    const { violations } = await (window as any).axe.run(document, { iframes: false });
    return violations.map(({ id, nodes }: any) => `${id}: ${nodes.map(({ html }: any) => html).join(' ')}`);
  });
}

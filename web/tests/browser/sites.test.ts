/** On other people's pages: strict policies, denied storage, forged messages, the API; and out of hours. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Guest, closeBrowser } from './guest';
import { Site, pageWithButton } from './site';
import { Stage } from './stage';

let site: Site;
let stage: Stage;

before(async () => {
  site = await Site.open();
  stage = await Stage.set({ operators: ['alice'], web: `sites = ["${site.address}"]\nform = []` });
  site.pages['/'] = { html: pageWithButton(stage.address) };
  site.pages['/strict'] = {
    html: pageWithButton(stage.address),
    headers: {
      'content-security-policy': `default-src 'none'; script-src ${stage.address}; frame-src ${stage.address}; require-trusted-types-for 'script'; trusted-types 'none'`,
    },
  };
  site.pages['/api'] = { html: pageWithButton(stage.address).replace('<script', '<script src="/calls.js"></script><script') };
  site.pages['/calls.js'] = {
    html: `(window.frontdesk = window.frontdesk || []).push(['setGuest', 'a.b.c'], ['setContext', {department: 'Sales', name: 'Kim', customer_id: 4711}], ['setLocale', 'de'],
      ['on', 'started', () => happened.push('started')], ['on', 'ended', (why) => happened.push('ended ' + why)], ['on', 'open', () => happened.push('open')]); var happened = [];`,
    headers: { 'content-type': 'text/javascript' },
  };
  await stage.do({ do: 'login', who: 'alice' });
});
after(async () => {
  await closeBrowser();
  await (stage as Stage | undefined)?.end();
  site.close();
});

test('a page with a strict policy: nothing is refused', async () => {
  const guest = await Guest.at(`${site.address}/strict`);
  await guest.click();
  await guest.picture('30-strict-policy');
  await guest.write('Does it work here?');
  await guest.window.locator('.line.desk').first().waitFor();
  assert.equal(await guest.button.evaluate((button) => getComputedStyle(button).borderRadius), '26px');
  assert.deepEqual(guest.mistakes, []);
  await guest.leave();
});

test('an iframe of another site that is denied storage: the chat outlives a reload', async () => {
  const guest = await Guest.at('about:blank');
  await guest.page.addInitScript((desk) => {
    if (location.origin !== desk) return;
    const denied = { get: () => { throw new DOMException('denied', 'SecurityError'); } };
    for (const name of ['sessionStorage', 'localStorage', 'indexedDB']) Object.defineProperty(window, name, denied);
  }, stage.address);
  await guest.page.goto(site.address);
  await guest.click();
  await guest.write('Do you keep this?');
  await guest.window.locator('.line.desk').first().waitFor();
  await guest.page.reload();
  await guest.sees('Do you keep this?');
  await guest.stateIs(/help desk is here|being called|line/);
  assert.equal((await guest.talk()).length, 1);
  assert.deepEqual(guest.mistakes, []);
  await guest.leave();
});

test('a page that is none of the sites gets no window', async () => {
  const stranger = await Site.open();
  stranger.pages['/'] = { html: pageWithButton(stage.address) };
  const guest = await Guest.at(stranger.address);
  const refused = guest.page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await guest.button.click();
  await refused;
  assert.equal(await guest.window.locator('header').count(), 0);
  await guest.leave();
  stranger.close();
});

test('messages that others forge change nothing, on either side', async () => {
  const guest = await Guest.at(site.address);
  await guest.click();
  await guest.page.evaluate(() => {
    window.postMessage({ say: 'close' }, '*');
    window.postMessage({ say: 'keep', kept: 'forged', live: true }, '*');
    const other = document.createElement('iframe');
    const heard = new Promise((heard) => addEventListener('message', ({ data }) => data === 'done' && heard(data)));
    other.srcdoc = `<script>
      parent.postMessage({ say: 'close' }, '*');
      const frame = [...parent.document.querySelectorAll('div')].find((one) => one.shadowRoot).shadowRoot.querySelector('iframe');
      frame.contentWindow.postMessage({ say: 'locale', locale: 'de' }, '*');
      parent.postMessage('done', '*');
    </script>`;
    document.body.append(other);
    return heard;
  });
  // What the page itself says is heard, and after what came before.
  await guest.page.evaluate(() => (window as any).frontdesk.setLocale('fr'));
  await guest.window.getByText('Bonjour ! Que pouvons-nous faire pour vous ?').waitFor();
  assert.equal(await guest.page.getByRole('button', { name: 'Aide en ligne' }).getAttribute('aria-expanded'), 'true');
  assert.notEqual(await guest.page.evaluate(() => sessionStorage.getItem('frontdesk.kept')), 'forged');
  await guest.leave();
});

test('calls made before the loader came are done; the token, the context and the language reach the desk', async () => {
  const guest = await Guest.at(`${site.address}/api`);
  const sent: string[] = [];
  guest.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
  await guest.page.getByRole('button', { name: 'Online-Hilfe' }).waitFor();
  await guest.page.evaluate(() => (window as any).frontdesk.open());
  await guest.composer.fill('Wie groß ist sie?');
  await guest.composer.press('Enter');
  await guest.window.locator('.line.desk').first().waitFor();
  const invitation = sent.find((frame) => frame.includes('urn:frontdesk:guest:0'))!;
  const field = (name: string) => new RegExp(`var="${name}"><value>([^<]*)</value>`).exec(invitation)?.[1];
  assert.deepEqual(
    ['token', 'department', 'name', 'customer_id', 'language', 'subject', 'page'].map(field),
    ['a.b.c', 'Sales', 'Kim', '4711', 'de', 'Wie groß ist sie?', `${site.address}/api`],
  );
  assert.equal(sent.filter((frame) => frame.includes('urn:frontdesk:guest:0')).length, 1);
  await guest.page.evaluate(() => (window as any).frontdesk.reset());
  await guest.window.getByText('Guten Tag! Was können wir für Sie tun?').waitFor();
  assert.deepEqual(await guest.page.evaluate(() => (window as any).happened), ['open', 'started', 'ended left']);
  await guest.leave();
});

test('on a small screen the window is the screen', async () => {
  const guest = await Guest.at(site.address, { viewport: { width: 390, height: 780 }, hasTouch: true });
  await guest.click();
  const box = await guest.page.locator('iframe').boundingBox();
  assert.deepEqual([box?.width, box?.height], [390, 780]);
  assert.equal(await guest.button.isVisible(), false);
  await guest.picture('31-small-screen');
  await guest.window.getByRole('button', { name: 'Hide the window' }).click();
  await guest.button.waitFor();
  await guest.leave();
});

test('out of hours a message can be left', async () => {
  const closed = await Stage.set({ operators: ['alice'], queue: 'hours = "Mo-Su 00:00-00:01"' });
  const guest = await Guest.chatting(closed.address);
  await guest.window.getByText(/Nobody is on duty right now/).waitFor();
  await guest.fill({ name: 'Kim', email: 'kim at example', question: 'Please call me.' });
  await guest.window.getByRole('button', { name: 'Leave the message' }).click();
  await guest.window.getByText('This is not an e-mail address.').waitFor();
  await guest.picture('32-out-of-hours');
  await guest.fill({ email: 'kim@example.org' });
  await guest.window.getByRole('button', { name: 'Leave the message' }).click();
  await guest.window.locator('.line.desk', { hasText: 'Nobody is on duty' }).waitFor();
  assert.deepEqual(await guest.talk(), ['guest: Please call me.\nYour e-mail address: kim@example.org']);
  await guest.picture('33-message-left');
  await guest.leave();
  await closed.end();
});

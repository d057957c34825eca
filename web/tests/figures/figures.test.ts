/** What a guest waits for: `node tests/run.mjs figures`. It prints medians; docs/figures.md has them. */
import { after, test } from 'node:test';
import { Guest, closeBrowser } from '../browser/guest';
import { Stage } from '../browser/stage';

const RUNS = Number(process.env['FRONTDESK_RUNS'] ?? 20);

for (const server of ['prosody', 'ejabberd'] as const) {
  test(`from the click to the invitation, and to the first words: ${server}`, async () => {
    const stage = await Stage.set({ server, operators: ['alice'], guest_grace_seconds: 1 });
    await stage.do({ do: 'login', who: 'alice' });
    const [invited, heard, gone]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < RUNS; run += 1) {
      const guest = await Guest.at('about:blank');
      await guest.page.addInitScript(watch);
      await guest.page.goto(`${stage.address}/demo`);
      await guest.click();
      await guest.ask('How long does it take?');
      const frame = guest.page.frames().find((frame) => frame.url().endsWith('/frame'))!;
      const times = await frame.evaluate(() => (window as any).__times as Record<'click' | 'invited' | 'heard', number>);
      invited.push(times.invited - times.click);
      heard.push(times.heard - times.click);
      await stage.do({ do: 'accept', who: 'alice' });
      const closed = await stage.do<number>({ do: 'clock' });
      await guest.page.close();
      gone.push((await stage.do<number>({ do: 'see_going', who: 'alice', nick: 'Guest' })) - closed);
      await guest.leave();
      await stage.do({ do: 'see_end', who: 'alice' });
    }
    console.log(`${server}, median and longest of ${RUNS}: click to invitation ${told(invited)}, to first words ${told(heard)}; tab closed to the operator ${told(gone)}`);
    await stage.end();
  });
}
after(closeBrowser);

/** Runs in the page before all else: when the guest clicked, when the invitation left, when the desk's words were shown. */
function watch(): void {
  const times: Record<string, number> = {};
  Object.assign(window, { __times: times });
  addEventListener('submit', () => (times['click'] = performance.now()), true);
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (String(data).includes('urn:frontdesk:guest:0')) times['invited'] = performance.now();
    send.call(this, data);
  };
  new MutationObserver(() => {
    if (document.querySelector('.line.desk')) times['heard'] ??= performance.now();
  }).observe(document, { childList: true, subtree: true });
}

function told(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return `${Math.round(sorted[sorted.length >> 1]!)} and ${Math.round(sorted.at(-1)!)} ms`;
}

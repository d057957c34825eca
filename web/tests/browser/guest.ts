/** A guest at a browser: what they do, and what they see. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type FrameLocator, type Locator, type Page } from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SCREENSHOTS = join(process.cwd(), 'tests/screenshots');
/** How long a guest waits for what they expect. The machine may be busy; nothing waits when all is well. */
const PATIENCE_MILLISECONDS = 30_000;

let browser: Browser | undefined;

export async function launch(): Promise<Browser> {
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
}

export class Guest {
  /** What went wrong in the page: errors, and what a Content-Security-Policy has refused. */
  readonly mistakes: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    /** Where the window is: in an iframe, or the page itself. */
    readonly window: FrameLocator | Page,
  ) {
    this.watch(page);
  }

  /** Opens a page that has the button. */
  static async at(address: string, options: BrowserContextOptions = {}): Promise<Guest> {
    const context = await newContext(options);
    const guest = Guest.in(context, await context.newPage());
    await guest.page.goto(address);
    return guest;
  }

  /** Opens the window as a page of its own. */
  static async chatting(address: string, options: BrowserContextOptions = {}): Promise<Guest> {
    const context = await newContext({ viewport: { width: 430, height: 760 }, ...options });
    const page = await context.newPage();
    const guest = new Guest(context, page, page);
    await page.goto(`${address}/chat`);
    return guest;
  }

  static in(context: BrowserContext, page: Page): Guest {
    return new Guest(context, page, page.frameLocator('iframe[src$="/frame"]'));
  }

  get button(): Locator {
    return this.page.getByRole('button', { name: 'Online help' });
  }

  get composer(): Locator {
    return this.window.locator('.composer textarea');
  }

  get state(): Locator {
    return this.window.getByRole('status');
  }

  line(words: string): Locator {
    return this.window.locator('.line', { hasText: words });
  }

  async click(): Promise<void> {
    await this.button.click();
    await this.window.locator('.composer:visible, .questions:visible').waitFor();
  }

  async write(words: string): Promise<void> {
    await this.composer.fill(words);
    await this.composer.press('Enter');
  }

  /** Asks, and hears the desk's first words. */
  async ask(words: string, answers: Record<string, string> = {}): Promise<void> {
    await this.fill({ ...answers, question: words });
    await this.window.locator('.questions .primary').click();
    await this.window.locator('.line.desk').first().waitFor();
  }

  /** Fills in what is asked before the chat, by field. */
  async fill(answers: Record<string, string>): Promise<void> {
    for (const [field, answer] of Object.entries(answers)) {
      const control = this.window.locator(`.questions [name="${field}"]`);
      if ((await control.evaluate((element) => element.tagName)) === 'SELECT') await control.selectOption(answer);
      else await control.fill(answer);
    }
  }

  async sees(words: string): Promise<void> {
    await this.line(words).first().waitFor();
  }

  async stateIs(words: string | RegExp): Promise<void> {
    await this.window.locator('.state', { hasText: words }).waitFor();
  }

  /** All lines: who, and what. */
  async lines(): Promise<string[]> {
    return this.window.locator('.line').evaluateAll((lines) =>
      lines.map((line) => `${['guest', 'desk', 'operator'].find((kind) => line.classList.contains(kind))}: ${line.querySelector('.words')!.textContent}`),
    );
  }

  /** Lines that are not the desk's. */
  async talk(): Promise<string[]> {
    return (await this.lines()).filter((line) => !line.startsWith('desk: '));
  }

  picture(name: string): Promise<void> {
    return picture(this.page, name);
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  watch(page: Page): void {
    page.on('pageerror', (error) => this.mistakes.push(String(error.stack)));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|WebSocket connection|favicon/.test(text + message.location().url)) this.mistakes.push(text);
    });
  }
}

/** Leaves a picture of a page in the folder of pictures. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

export async function newContext(options: BrowserContextOptions): Promise<BrowserContext> {
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, locale: 'en-GB', ...options });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  return context;
}

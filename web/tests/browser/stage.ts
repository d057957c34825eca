/** The stage (`examples/stage.rs`): a real server, the real daemon, and operators who do as they are told. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Scene {
  server?: 'prosody' | 'ejabberd';
  operators?: string[];
  /** Further lines of `[web]`. */
  web?: string;
  /** Further lines of the queue. */
  queue?: string;
  /** Files of the FAQ, by name. */
  faq?: Record<string, string>;
  guest_grace_seconds?: number;
  /** Where the operators' client for the browser is, if there is to be one. */
  operator_dir?: string;
}

/** What the stage tells of itself. */
interface Place {
  /** Where the guest's pages are. */
  address: string;
  /** Where the operators' page is, if there is one. */
  operator_address: string;
  /** The operators' passwords, by name. */
  passwords: Record<string, string>;
}

export type Order = { do: string; [name: string]: unknown };

const PROGRAM = process.env['FRONTDESK_STAGE'] ?? join(process.cwd(), '../target/debug/examples/stage');

export class Stage {
  private readonly waiting: ((answer: string) => void)[] = [];
  private ended: string | undefined;

  place: Place = { address: '', operator_address: '', passwords: {} };

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => this.waiting.shift()?.(line));
    child.on('exit', (code) => {
      this.ended = `the stage has ended with ${code}`;
      for (const answer of this.waiting.splice(0)) answer('');
    });
  }

  /** Starts it, and comes back when the desk is ready. */
  static async set(scene: Scene): Promise<Stage> {
    const stage = new Stage(spawn(PROGRAM, { stdio: ['pipe', 'pipe', 'inherit'] }));
    stage.place = (await stage.tell({ server: 'prosody', operators: [], guest_grace_seconds: 20, ...scene })) as Place;
    return stage;
  }

  get address(): string {
    return this.place.address;
  }

  /** Has something done, and gives its outcome. */
  async do<T = unknown>(order: Order): Promise<T> {
    return (await this.tell(order)) as T;
  }

  end(): Promise<void> {
    this.child.stdin!.end();
    return this.ended ? Promise.resolve() : new Promise((ended) => this.child.once('exit', () => ended()));
  }

  private async tell(line: object): Promise<unknown> {
    const answer = await new Promise<string>((answered) => {
      if (this.ended) return answered('');
      this.waiting.push(answered);
      this.child.stdin!.write(`${JSON.stringify(line)}\n`);
    });
    if (answer === '') throw new Error(`${this.ended}, asked for ${JSON.stringify(line).slice(0, 200)}`);
    return JSON.parse(answer);
  }
}


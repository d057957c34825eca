/** A web site that has the button: pages of its own origin, with headers of its own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Page {
  html: string;
  headers?: Record<string, string>;
}

export class Site {
  private constructor(
    private readonly server: Server,
    public readonly pages: Record<string, Page>,
    /** `localhost`: another site than `127.0.0.1`, where the desk is. */
    public readonly address: string,
  ) {}

  /** Its port is known before the desk is, which must name it in `[web] sites`. */
  static async open(): Promise<Site> {
    const pages: Record<string, Page> = {};
    const server = createServer((request, response) => {
      const page = pages[new URL(request.url!, 'http://site').pathname];
      response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
      response.end(page?.html ?? '');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new Site(server, pages, `http://localhost:${(server.address() as AddressInfo).port}`);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** A page with the button. */
export function pageWithButton(desk: string, attributes = '', more = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A site</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="${desk}/frontdesk.js" ${attributes} async></script></head><body><main><h1>A site</h1>${more}</main></body></html>`;
}

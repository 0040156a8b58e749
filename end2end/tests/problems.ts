// What no page may do in any test, unless that test says that it expects it.
import { expect, type BrowserContext, type Request, type Response } from '@playwright/test';

const REFUSED_BY_STATUS = /^Failed to load resource: the server responded with a status of/;
const PLAIN_KINDS = ['document', 'fetch', 'xhr', 'eventsource'];

/** Collects console errors, page errors, broken Content-Security-Policy, failed hydration, failing answers and strangers' addresses. */
export class Problems {
  readonly #seen: string[] = [];
  readonly #expected: RegExp[] = [];

  /** From now on, and for what was seen before, a problem that matches is none. */
  expect(...patterns: RegExp[]): void {
    this.#expected.push(...patterns);
  }

  get unexpected(): string[] {
    return this.#seen.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
  }

  note(problem: string): void {
    this.#seen.push(problem);
  }

  /** Call at the end of a test. */
  check(): void {
    expect(this.unexpected, 'problems in the browser').toEqual([]);
  }

  /** Watches every page of a context, also those that open later. `origin`: the only one that may be asked for anything. */
  async watch(context: BrowserContext, origin: string): Promise<void> {
    context.on('console', (message) => {
      const text = message.text();
      // Answers are judged below, where their address is known.
      if (REFUSED_BY_STATUS.test(text)) return;
      if (message.type() === 'error' || (message.type() === 'warning' && /hydrat/i.test(text))) {
        this.note(`console ${message.type()}: ${text} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => this.note(`page error: ${error.error().stack ?? error.error().message}`));
    context.on('response', (response) => this.#judge(response));
    context.on('request', (request) => this.#judgeAddress(request, origin));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (violation) => {
        console.error(`Content-Security-Policy: ${violation.violatedDirective} blocked ${violation.blockedURI || 'inline'}`);
      });
    });
  }

  #judge(response: Response): void {
    const kind = response.request().resourceType();
    const status = response.status();
    // A page, a call or a stream (of who signs out) may be refused, and the test sees on the screen whether it should have been; a font may not.
    if (status >= 500 || (status >= 400 && !PLAIN_KINDS.includes(kind))) {
      this.note(`answer ${status}: ${response.request().method()} ${response.url()} (${kind})`);
    }
  }

  #judgeAddress(request: Request, origin: string): void {
    const url = new URL(request.url());
    if (['http:', 'https:'].includes(url.protocol) && url.origin !== origin) {
      this.note(`stranger's address: ${request.url()}`);
    }
  }
}

// axe-core judges a page as it stands, scripts or not.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// A few letters outside ASCII would make all of it two bytes wide, on its way to every page.
const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  .replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const options = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
const narrow = [375, 320];
const shots = process.env.ATRIO_SHOTS; // a directory for pictures of every page, for the eyes of people

/** Judge collects what is wrong with every page of a journey. */
export class Judge {
  #faults = [];
  #seen = new Set(); // pages that were judged before, by what they are made of
  #lines = new WeakMap(); // page → its line to Chromium

  /** verdict throws everything that was found, at once: one run shows all. */
  verdict() {
    if (this.#faults.length > 0) throw new Error(`${this.#faults.length} faults:\n${this.#faults.join('\n')}`);
  }

  /** look judges the page as it is now, in the language it is in. */
  async look(v, name) {
    await v.page.waitForLoadState();
    // What scripts leave as it was is the same page with and without them.
    const page = `${v.page.viewportSize().width} ${await v.page.content()}`;
    if (this.#seen.has(page)) return;
    this.#seen.add(page);
    const where = `${name}${v.scripts ? '' : ' without scripts'}:`;
    for (const fault of [...await this.#axe(v), ...await overflow(v)]) this.#faults.push(`${where} ${fault}`);
    if (shots) await v.page.screenshot({ fullPage: true, path: join(shots, `${where.replace(/[^\w]+/g, '-')}.png`) });
  }

  /**
   * axe runs in a world of its own: the page's content security policy does not hold there,
   * and the page does not see it. Timers sleep where scripts are switched off, messages do
   * not: those of axe become messages, and its safety nets of seconds are left out.
   */
  async #axe(v) {
    if (!this.#lines.has(v.page)) this.#lines.set(v.page, await v.context.newCDPSession(v.page));
    const line = this.#lines.get(v.page);
    const { frameTree } = await line.send('Page.getFrameTree');
    const { executionContextId: contextId } = await line.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
    const run = async (expression) => {
      const { result, exceptionDetails: fault } = await line.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true });
      if (fault) throw new Error(fault.exception?.description ?? fault.text);
      return result.value;
    };
    if (!v.scripts) await run(`(${timersByMessages})(self)`);
    await run(`${source}; 0`);
    const violations = await run(`axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations.map((v) => (
      { id: v.id, nodes: v.nodes.map((n) => ({ target: n.target.join(' '), why: n.failureSummary })) })))`);
    return violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id} at ${n.target}: ${n.why.replace(/\s+/g, ' ')}`));
  }

  /** provoked judges a page that only an action brings, once in each language. */
  async provoked(v, name, provoke) {
    for (const lang of [v.lang, v.lang === 'it' ? 'en' : 'it']) {
      await language(v, lang);
      await provoke({ ...v, lang });
      await this.look(v, `${name}, ${lang}`);
    }
    await language(v, v.lang);
  }

  /** both judges the page in both languages by its own language links, and leaves it in the one it was in. */
  async both(v, name) {
    const other = v.lang === 'it' ? 'en' : 'it';
    await this.look(v, `${name}, ${v.lang}`);
    await language(v, other);
    await this.look(v, `${name}, ${other}`);
    await language(v, v.lang);
  }
}

function timersByMessages(world) {
  world.setTimeout = (call, delay = 0, ...args) => {
    if (delay >= 1000) return 0;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => call(...args);
    port2.postMessage(0);
    return 0;
  };
}

/** language follows the link in the header that changes the language of the page, and of the person. */
export async function language(v, lang) {
  await v.page.locator('html[lang]').waitFor({ state: 'attached' });
  if (await v.page.locator('html').getAttribute('lang') === lang) return;
  await v.page.getByRole('banner').getByRole('link', { name: lang === 'it' ? 'ITA' : 'ENG' }).click();
  await v.page.locator(`html[lang=${lang}]`).waitFor({ state: 'attached' });
}

/** overflow says which narrow screens the page does not fit: WCAG 1.4.10. */
async function overflow(v) {
  const screen = v.page.viewportSize();
  const faults = [];
  for (const width of narrow) {
    // A telephone has one of these widths already: the page need not be laid out again.
    if (v.page.viewportSize().width !== width) await v.page.setViewportSize({ width, height: 740 });
    const wide = await v.page.evaluate('document.documentElement.scrollWidth');
    if (wide > width) faults.push(`is ${wide} px wide on a screen of ${width} px`);
  }
  await v.page.setViewportSize(screen);
  return faults;
}

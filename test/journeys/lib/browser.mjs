// Chromium, and people in front of it.

import { test } from 'node:test';
import { chromium } from 'playwright-core';

const wait = 60_000; // a loaded machine with two cores is slow, not broken

/** whole is the browser with its windows; without them it is the same engine at two thirds of the cost. */
export const whole = '/usr/bin/chromium';

/** open starts Chromium; `args` are added to its command line. */
export function open(args = [], program = '/usr/bin/chromium-headless-shell') {
  return chromium.launch({
    executablePath: process.env.ATRIO_CHROMIUM ?? program,
    timeout: wait,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      // Most pages do not live long enough to earn back what compiling their scripts for speed costs. A browser with
      // arguments of its own, for a camera above all, may.
      ...(args.length === 0 ? ['--js-flags=--no-maglev,--no-turbofan'] : args),
    ],
  });
}

export const desktop = { width: 1280, height: 900 };
export const phone = { width: 375, height: 740 };

const present = new Set(); // contexts of people who did not leave yet

/** story is a test that, when it breaks, says where everybody stood; nobody outstays it. */
export function story(name, tell) {
  test(name, async () => {
    try {
      await tell();
    } catch (fault) {
      let stood = '';
      for (const page of [...present].flatMap((context) => context.pages())) {
        const shown = await page.locator('body').innerText({ timeout: 5_000 }).catch((e) => e.message);
        stood += `\n\nat ${page.url()}:\n${shown}`;
      }
      throw new Error(`${fault.stack ?? fault}${stood}`);
    } finally {
      for (const context of present) await context.close();
      present.clear();
    }
  });
}

/**
 * visitor opens a browser of their own for one person: no cookies, one language, one screen.
 * What a person never sees is watched too: answers of 500 and above, violations of the
 * content security policy and faults of scripts are collected and thrown by `close`.
 */
export async function visitor(browser, { lang = 'it', scripts = true, screen = desktop, ...rest } = {}) {
  const context = await browser.newContext({
    locale: lang === 'it' ? 'it-IT' : 'en-GB', viewport: screen, javaScriptEnabled: scripts, reducedMotion: 'reduce', ...rest,
  });
  context.setDefaultTimeout(wait);
  context.setDefaultNavigationTimeout(wait);
  const faults = [];
  context.on('response', (r) => { if (r.status() >= 500) faults.push(`${r.status()} ${r.request().method()} ${r.url()}`); });
  context.on('console', (m) => {
    // Chromium writes a line for every page that is an error page; those are journeys of their own.
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) faults.push(`console: ${m.text()}`);
  });
  context.on('weberror', (e) => faults.push(`script: ${e.error().message}`));
  present.add(context);
  const page = await context.newPage();
  return {
    context, page, lang, scripts,
    /** close leaves, and tells what went wrong behind the pages. */
    async close() {
      present.delete(context);
      await context.close();
      if (faults.length > 0) throw new Error(`behind the pages:\n${faults.join('\n')}`);
    },
  };
}

// Chromium, and people in front of it.

import { chromium } from 'playwright-core';

const wait = 60_000; // a loaded machine with two cores is slow, not broken

/** open starts Chromium; `args` are added to its command line. */
export function open(args = []) {
  return chromium.launch({
    executablePath: process.env.ATRIO_CHROMIUM ?? '/usr/bin/chromium',
    timeout: wait,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', ...args,
    ],
  });
}

export const desktop = { width: 1280, height: 900 };
export const phone = { width: 375, height: 740 };

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
  const page = await context.newPage();
  return {
    context, page, lang, scripts,
    /** close leaves, and tells what went wrong behind the pages. */
    async close() {
      await context.close();
      if (faults.length > 0) throw new Error(`behind the pages:\n${faults.join('\n')}`);
    },
  };
}

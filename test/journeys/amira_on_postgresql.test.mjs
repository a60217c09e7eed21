// Amira uses an app for her codes. The university runs on PostgreSQL, and she must not notice.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { open, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import { count, schemas } from './lib/postgres.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const t = words('it');
let demo, browser, databases;
before(async () => {
  databases = await schemas('gateway', 'idp', 'portal');
  browser = await open();
  demo = await start({
    overrides: Object.entries(databases.urls).map(([role, url]) => `[${role}]\ndatabase = ${JSON.stringify(url)}\n`).join('\n'),
  });
});
after(async () => {
  await browser?.close();
  await demo?.stop();
  await databases?.drop();
});

story('Amira reaches the portal, follows a course, leaves, and comes back, on PostgreSQL', async () => {
  const amira = await demo.person('Amira');
  const v = await visitor(browser);
  const code = await step.arriveForTheFirstTime(v, demo, amira);
  await demo.message(amira.email, (m) => m.channel === 'mail' && m.text.includes(code));
  await v.page.goto(`${demo.portal}/courses/statica-per-tutti`);
  await step.press(v, 'Iscriviti');
  await v.page.getByText(t('course.notice.enrolled')).waitFor();
  await v.page.getByRole('banner').getByRole('button', { name: t('ui.logout') }).click();
  await v.page.getByText(t('login.signed_out')).waitFor();
  assert.equal((await step.session(v, demo)).status, 401);

  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.signIn(v, demo, amira);
  await step.dashboard(v);
  await v.page.getByRole('link', { name: 'Statica per tutti' }).waitFor();
  assert.equal((await step.session(v, demo)).codice_persona, code);
  await v.close();

  // It was PostgreSQL indeed.
  for (const [role, url] of Object.entries(databases.urls)) {
    assert.ok(await count(url, 'schema_version') > 0, `${role} keeps its tables in its own schema`);
  }
});

// The world outside the demonstration: three owners, three hosts, TLS. Browsers keep their
// cookies apart, and the answer of the provider is a POST from another site.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { open, story, visitor } from './lib/browser.mjs';
import { names, serve } from './lib/hosts.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const t = words('it');
let place, browser;
before(async () => { place = await serve(); browser = await open(place.browser); });
after(async () => { await browser?.close(); await place?.stop(); });

story('Bianca reaches the portal over TLS on three hosts', async () => {
  const bianca = place.person;
  const v = await visitor(browser);
  const cookies = async (role) => (await v.context.cookies()).filter((c) => c.domain === names[role]);
  const session = async () => {
    const answer = await v.page.goto(`${place.gateway}/session`);
    return answer.status();
  };

  const first = await v.page.goto(place.portal);
  assert.match(first.headers()['strict-transport-security'] ?? '', /max-age=\d{7,}/);
  await step.portalLogin(v, place);
  await step.chooseSPID(v);
  const [flow] = (await cookies('gateway')).filter((c) => c.name.includes('_flow_'));
  assert.equal(flow?.sameSite, 'None', 'the cookie of the flow comes with the answer of another site');
  await step.signIn(v, place, bianca);
  const code = await step.firstEntry(v, bianca);
  assert.match(code, /^\d{9}$/);
  await step.profile(v);
  await step.terms(v);
  await step.dashboard(v);

  for (const role of ['gateway', 'portal', 'idp']) {
    for (const c of await cookies(role)) {
      assert.ok(c.name.startsWith('__Host-') && c.secure && c.httpOnly && c.path === '/', `${c.name} of ${c.domain} is bound to its host`);
      if (!c.name.includes('_flow_')) assert.equal(c.sameSite, 'Lax', `${c.name} of ${c.domain} stays at home`);
    }
  }
  assert.ok((await cookies('gateway')).some((c) => c.name.endsWith('_session')), 'there is a session at the gateway');
  assert.equal(await session(), 200);

  await v.page.goto(`${place.portal}/dashboard`);
  await v.page.getByRole('banner').getByRole('button', { name: t('ui.logout') }).click();
  await v.page.getByText(t('login.signed_out')).waitFor();
  assert.equal(await session(), 401);
  await v.close();
});

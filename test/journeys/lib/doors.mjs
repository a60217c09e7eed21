// The ways through the simulated providers of the demo desk: CIE and the eIDAS node.

import assert from 'node:assert/strict';
import { choosePassword, forward, heading, press } from './steps.mjs';
import { words } from './words.mjs';

/** chooseCIE takes the door of CIE on the gateway's page. */
export async function chooseCIE(v) {
  await v.page.getByRole('main').getByRole('link', { name: 'Entra con CIE' }).first().click();
  await forwardTo(v, 'demo.cie.choose.title');
}

/** chooseEIDAS takes the door of eIDAS and, on the gateway's page, the country; the node asks again. */
export async function chooseEIDAS(v, country = { it: 'Spagna', en: 'Spain' }) {
  await v.page.getByRole('main').getByRole('link', { name: 'Login with eIDAS' }).first().click();
  await heading(v, words(v.lang)('eidas.country.title'));
  await press(v, country[v.lang], { role: 'link' });
  await forwardTo(v, 'demo.eidas.countries.title');
}

async function forwardTo(v, title) {
  await heading(v, new RegExp(`^(${words('it')(title)}|${words('en')(title)})$`));
  v.lang = await v.page.locator('html').getAttribute('lang'); // each role remembers the language by itself
}

/** byCIE is somebody by a way: the level and the name as it is on the page. */
export async function byCIE(v, name, level) {
  const t = words(v.lang);
  await v.page.getByLabel(name, { exact: true }).check();
  await v.page.getByLabel(t(`demo.cie.way.${level}`), { exact: true }).check();
  await press(v, t('demo.simulator.continue'));
  await heading(v, t(`demo.cie.credentials.title.${level}`));
  await press(v, t('demo.simulator.continue'));
}

/** byEIDAS is somebody of a country, by the words of the page; `which` of those with the same name, from 0. */
export async function byEIDAS(v, country, name, level = 'substantial', which = 0) {
  const t = words(v.lang);
  await v.page.getByRole('link', { name: country }).click();
  await v.page.getByLabel(name).nth(which).check();
  await v.page.getByLabel(new RegExp(`^${t(`demo.eidas.level.${level}`)}`)).check();
  await press(v, t('demo.eidas.person.go'));
}

/** send agrees to what is sent, or takes another button of the page. */
export async function send(v, answer = 'demo.simulator.consent.yes') {
  const t = words(v.lang);
  await heading(v, t('demo.simulator.consent.title'));
  await press(v, t(answer));
  await forward(v);
}

/** fail ends the login with a code, or with a spoilt answer, on the page of other outcomes. */
export async function outcome(v, name) {
  const t = words(v.lang);
  await press(v, t('demo.simulator.trial'), { role: 'link' });
  await heading(v, t('demo.trial.title'));
  await press(v, name, { exact: false });
  await forward(v);
}

/** firstEntryWithMail confirms "Sei tu?" where the door gave no address, and gives the Codice Persona; a password is chosen too. */
export async function firstEntryWithMail(v, demo, name, address) {
  const t = words(v.lang);
  await heading(v, t('registration.welcome.as', { name }));
  await v.page.getByLabel(t('registration.email')).fill(address);
  await v.page.getByLabel(t('registration.notice')).check();
  await press(v, t('registration.welcome.yes'));
  await heading(v, t('registration.code.title'));
  const mail = await demo.message(address, (m) => m.channel === 'mail' && /\b\d{6}\b/.test(m.text));
  await v.page.getByLabel(t('registration.code'), { exact: true }).fill(mail.text.match(/\b\d{6}\b/)[0]);
  await press(v, t('registration.code.confirm'));
  await heading(v, t('registration.done.title'));
  const code = (await v.page.locator('#codice-persona').innerText()).trim();
  assert.match(code, /^\d+$/, 'the Codice Persona has only digits');
  await choosePassword(v);
  return code;
}

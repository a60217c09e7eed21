// What people do, a function for each step. A step ends when the next page is there.

import assert from 'node:assert/strict';
import { totp } from './demo.mjs';
import { words } from './words.mjs';

/** heading waits until the page with this first heading is there. */
export async function heading(v, text) {
  await v.page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
}

/** press presses a button or follows a link of the main part by its name. */
export async function press(v, name, { role = 'button', exact = true } = {}) {
  await v.page.getByRole('main').getByRole(role, { name, exact }).first().click();
}

/** portalLogin opens the portal's login page and goes on to the gateway. */
export async function portalLogin(v, demo, path = '') {
  const t = words(v.lang);
  await v.page.goto(`${demo.portal}/login${path}`);
  await heading(v, t('login.title'));
  await press(v, t('login.university.own'), { role: 'link' });
  await heading(v, t('doors.choice.title'));
}

/** chooseSPID opens the list of providers on the gateway's page and takes the demo's provider. */
export async function chooseSPID(v) {
  await v.page.getByText('Entra con SPID', { exact: true }).click();
  await v.page.getByRole('link', { name: 'Identità di Prova' }).click();
  await heading(v, words(v.lang)('idp.password.title'));
}

/** forward presses the button of a page that only carries a message on; scripts press it themselves. */
export async function forward(v) {
  if (!v.scripts) await press(v, words(v.lang)('web.autopost.go'));
}

/** password fills the first page of the identity provider. */
export async function password(v, person, secret = person.password) {
  await v.page.getByLabel('User ID').fill(person.login);
  await v.page.getByLabel('Password', { exact: true }).fill(secret);
  await press(v, words(v.lang)('idp.password.submit'));
}

const used = new WeakMap(); // last step of the app's code by secret, in each demonstration
const read = new WeakMap(); // when the last message came that was read, by telephone, in each demonstration

/** of gives what is remembered about a demonstration. */
function of(memory, demo) {
  if (!memory.has(demo)) memory.set(demo, new Map());
  return memory.get(demo);
}

/** appCode is a code of the app that was not used before; it moves the clock on when it has to. */
export async function appCode(demo, person) {
  let now = await demo.now();
  if (Math.floor(now / 30_000) <= (of(used, demo).get(person.totp_secret) ?? 0)) {
    await demo.advance('1m');
    now = await demo.now();
  }
  of(used, demo).set(person.totp_secret, Math.floor(now / 30_000));
  return totp(person.totp_secret, now);
}

/** byApp passes the second page with a code of the app. */
export async function byApp(v, demo, person) {
  const t = words(v.lang);
  await heading(v, t('idp.code.title.totp'));
  await v.page.getByLabel(t('idp.code.label.totp')).fill(await appCode(demo, person));
  await press(v, t('idp.code.submit'));
}

/** bySMS passes the second page with a code that comes to the telephone. */
export async function bySMS(v, demo, person) {
  const t = words(v.lang);
  await heading(v, new RegExp(`^(${t('idp.code.title.totp')}|${t('idp.code.title.sms')})$`));
  await v.page.waitForLoadState();
  const other = v.page.getByRole('link', { name: t('idp.code.other.totp') });
  if (await other.count() > 0) await other.click();
  await heading(v, t('idp.code.title.sms'));
  await v.page.waitForLoadState();
  // Who has no app was sent a code at once.
  const send = v.page.getByRole('button', { name: t('idp.sms.send') });
  if (await send.count() > 0) await send.click();
  await v.page.getByLabel(t('idp.code.label.sms')).fill(await smsCode(demo, person));
  await press(v, t('idp.code.submit'));
}

/** smsCode is the code of the first message with one that was not read before. */
export async function smsCode(demo, person) {
  const last = of(read, demo).get(person.phone) ?? 0;
  const sms = await demo.message(person.phone, (m) => m.channel === 'sms' && Date.parse(m.at) > last && /\b\d{6}\b/.test(m.text));
  of(read, demo).set(person.phone, Date.parse(sms.at));
  return sms.text.match(/\b\d{6}\b/)[0];
}

/** consent agrees to what is sent; a refusal takes another name. */
export async function consent(v, answer = 'idp.consent.yes') {
  const t = words(v.lang);
  await press(v, t(answer));
  await forward(v);
}

/** signIn passes the identity provider, from its first page to the answer. */
export async function signIn(v, demo, person, second = byApp) {
  await password(v, person);
  await second(v, demo, person);
  await v.page.getByRole('button', { name: words(v.lang)('idp.consent.yes'), exact: true }).waitFor();
  await consent(v);
}

/** secret is the password that everybody chooses at the gateway. */
export const secret = 'quattro rane in uno stagno';

/** choosePassword goes on from the new Codice Persona and chooses a password for it. */
export async function choosePassword(v) {
  const t = words(v.lang);
  await v.page.getByRole('main').locator('a.btn-primary').click();
  await heading(v, t('credential.choose.title'));
  await v.page.getByLabel(t('credential.password.new'), { exact: true }).fill(secret);
  await v.page.getByLabel(t('credential.again'), { exact: true }).fill(secret);
  await press(v, t('credential.choose.submit'));
}

/** local fills the form of Codice Persona and password on the login page. */
export async function local(v, code, password = secret) {
  const t = words(v.lang);
  await v.page.getByLabel(t('doors.credentials.code'), { exact: true }).fill(code);
  await v.page.getByLabel(t('doors.credentials.password'), { exact: true }).fill(password);
  await press(v, t('doors.credentials.submit'));
}

/** firstEntry confirms "Sei tu?", reads the Codice Persona, chooses a password and goes on. */
export async function firstEntry(v, person, { level = 2 } = {}) {
  const t = words(v.lang);
  await heading(v, t('registration.welcome.as', { name: person.name }));
  await v.page.getByLabel(t('registration.notice')).check();
  await press(v, t('registration.welcome.yes'));
  await heading(v, t('registration.done.title'));
  const code = (await v.page.locator('#codice-persona').innerText()).trim();
  assert.match(code, /^\d+$/, 'the Codice Persona has only digits');
  if (level > 1) await choosePassword(v);
  else await v.page.getByRole('main').locator('a.btn-primary').click(); // a weak login chooses no password
  return code;
}

/** profile answers what the portal does not know yet. */
export async function profile(v) {
  const t = words(v.lang);
  await heading(v, t('profile.title.first'));
  await v.page.getByLabel(t('profile.gender.female')).check();
  await v.page.getByLabel(t('profile.education')).selectOption('bachelor');
  await v.page.getByLabel(t('profile.occupation')).selectOption('student');
  await press(v, t('profile.next'));
}

/** terms accepts privacy notice and terms. */
export async function terms(v) {
  const t = words(v.lang);
  await heading(v, t('profile.accept.title'));
  await v.page.getByLabel(t('profile.accept.read')).check();
  await v.page.getByLabel(t('profile.accept.accept')).check();
  await press(v, t('profile.accept.next'));
}

/** dashboard waits for the portal's own page of the person. */
export async function dashboard(v) {
  await heading(v, words(v.lang)('course.dashboard.title'));
}

/** arriveForTheFirstTime is everything between the portal and the dashboard, for a new person. */
export async function arriveForTheFirstTime(v, demo, person, second = byApp) {
  await portalLogin(v, demo);
  await chooseSPID(v);
  await signIn(v, demo, person, second);
  const code = await firstEntry(v, person);
  await profile(v);
  await terms(v);
  await dashboard(v);
  return code;
}

/** session asks the gateway, in the person's browser, who is signed in there: status and answer. */
export async function session(v, demo) {
  const answer = await v.context.request.get(`${demo.gateway}/session`);
  return { status: answer.status(), ...(answer.ok() ? await answer.json() : {}) };
}

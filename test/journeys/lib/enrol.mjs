// A person who requests an identity, from the start page to the contract.

import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import * as step from './steps.mjs';
import { words } from './words.mjs';

/** secret is a password by the rules of SPID. */
export const secret = 'Corretto-Cavallo-9';

/** picture is a PNG that looks like a card: light, with marks that differ by their seed. */
export function picture(seed, width = 1000, height = 640) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dark = (Math.floor(x / 25) * 7 + Math.floor(y / 25) * 13 + seed) % 5 === 0;
      rows.set(dark ? [30, 60, 120] : [235, 235, 225], y * (width * 3 + 1) + 1 + x * 3);
    }
  }
  const chunk = (name, data) => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length);
    out.write(name, 4, 'latin1');
    data.copy(out, 8);
    out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function crc(data) {
  let c = ~0;
  for (const byte of data) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

/** applies makes the account of an applicant, by a way and, for a Point, a circuit, and confirms mailbox and telephone; `seen` looks at each page. */
export async function applies(v, demo, who, { method = 'point', circuit = 'Centri di prova', seen = async () => {} } = {}) {
  const t = words(v.lang);
  await v.page.goto(`${demo.idp}/enrol`);
  await step.heading(v, t('enrol.start.title'));
  await seen('start');
  await v.page.getByLabel(t('enrol.area.private'), { exact: true }).check();
  await step.press(v, t('enrol.action.next'));
  await step.heading(v, t('enrol.needs.title'));
  for (const question of ['mailbox', 'phone', 'document']) {
    await v.page.getByRole('group', { name: t(`enrol.needs.${question}`) }).getByLabel(t('enrol.yes'), { exact: true }).check();
  }
  await seen('needs');
  await step.press(v, t('enrol.action.next'));
  await step.heading(v, t('enrol.method.title'));
  await v.page.locator(`#method-${method}`).check();
  if (method === 'point') await v.page.getByLabel(circuit, { exact: true }).check();
  await seen('method');
  await step.press(v, t('enrol.method.submit'));
  await step.heading(v, t('enrol.account.title'));
  await v.page.getByLabel(t('enrol.email'), { exact: true }).fill(who.email);
  await v.page.getByLabel(t('enrol.email.again'), { exact: true }).fill(who.email);
  await v.page.locator('#password').fill(secret);
  await v.page.locator('#password_again').fill(secret);
  await v.page.locator('#privacy').check();
  await seen('account');
  await step.press(v, t('enrol.confirm'));
  await step.heading(v, t('enrol.created.title'));
  await seen('account created');

  const mail = await demo.message(who.email, (m) => m.channel === 'mail' && /\/enrol\/confirm\?/.test(m.text));
  await v.page.goto(mail.text.match(/http\S+\/enrol\/confirm\?\S+/)[0]);
  await step.heading(v, t('enrol.landing.title'));
  await seen('confirm the mailbox');
  await step.press(v, t('enrol.landing.submit'));
  await step.heading(v, t('enrol.confirmed.done'));
  await step.press(v, t('enrol.login'), { role: 'link' });
  await signsIn(v, who);

  await step.heading(v, t('enrol.security.title'));
  await v.page.locator('#question').selectOption({ index: 1 });
  await v.page.getByLabel(t('enrol.security.answer'), { exact: true }).fill('Una risposta di prova');
  await v.page.getByLabel(t('enrol.security.phone'), { exact: true }).fill(who.phone);
  await seen('security');
  await step.press(v, t('enrol.proceed'));
  await step.heading(v, t('enrol.phone.title'));
  await seen('telephone');
  await v.page.getByLabel(t('enrol.phone.code'), { exact: true }).fill(await step.smsCode(demo, who));
  await step.press(v, t('enrol.proceed'));
  await step.heading(v, t('enrol.phone.done'));
  await seen('telephone confirmed');
  await step.press(v, t('enrol.phone.done.go'), { role: 'link' });
}

/** signsIn types User ID and password at the provider. */
export async function signsIn(v, who) {
  const t = words(v.lang);
  await step.heading(v, t('idp.password.title'));
  await v.page.getByLabel('User ID').fill(who.email);
  await v.page.getByLabel('Password', { exact: true }).fill(secret);
  await step.press(v, t('idp.password.submit'));
}

/** fillsIn gives personal data and documents, and confirms the contract; `pictures` is how they come, when not as files. */
export async function fillsIn(v, who, { pictures = true, seen = async () => {} } = {}) {
  const t = words(v.lang);
  const field = (key) => v.page.getByLabel(t(key), { exact: true });
  await step.heading(v, t('enrolment.person.title'));
  await field('enrolment.person.family_name').fill(who.surname);
  await field('enrolment.person.given_name').fill(who.name);
  await v.page.getByLabel(t(`enrolment.person.gender.${who.sex}`), { exact: true }).check();
  for (const [i, part] of ['day', 'month', 'year'].entries()) await v.page.locator(`#birth_${part}`).fill(who.born[i]);
  await v.page.locator('#birth_state').selectOption(who.state ? { label: who.state } : 'IT');
  if (!who.state) {
    await v.page.locator('#birth_province').selectOption(who.province);
    await v.page.locator('#birth_town').fill(who.town);
  }
  await v.page.locator('#citizenship').selectOption(who.citizenship ? { label: who.citizenship } : 'IT');
  await v.page.locator('#fiscal_code').fill(who.code);
  await v.page.locator('#residence_country').selectOption('IT');
  await v.page.locator('#residence_province').selectOption('RM');
  await v.page.locator('#residence_town').fill('Roma');
  await v.page.locator('#residence_street').fill('Via degli Esempi 1');
  await v.page.locator('#residence_postal').fill('00100');
  await seen('personal data');
  await step.press(v, t('enrolment.next'));

  await step.heading(v, t('enrolment.documents.title'));
  await v.page.getByLabel(t('enrolment.documents.kind.cartaIdentita'), { exact: true }).check();
  await v.page.locator('#number').fill(who.document);
  await v.page.locator('#issuer').fill('Comune di Roma');
  for (const [of, date] of [['issued', who.issued ?? ['1', '2', '2020']], ['expires', who.expires ?? ['10', '5', '2031']], ['card_expires', ['1', '1', '2031']]]) {
    for (const [i, part] of ['day', 'month', 'year'].entries()) await v.page.locator(`#${of}_${part}`).fill(date[i]);
  }
  await v.page.getByLabel(t('enrolment.documents.card.ts'), { exact: true }).check();
  await v.page.locator('#card_number').fill('80380000000000000009');
  if (pictures instanceof Function) {
    await pictures();
  } else if (pictures) {
    for (const [seed, what] of ['document_front', 'document_back', 'health_card_front', 'health_card_back'].entries()) {
      await v.page.locator(`#${what}`).setInputFiles({ name: `${what}.png`, mimeType: 'image/png', buffer: picture(seed) });
    }
  }
  await seen('documents');
  await step.press(v, t('enrolment.next'));

  await step.heading(v, t('enrolment.contract.title'));
  await seen('contract');
  await v.page.locator('#agreed').check();
  await v.page.locator('#specific').check();
  await step.press(v, t('enrolment.confirm'));
  await v.page.getByText(t('enrolment.state.contract_ready'), { exact: true }).waitFor();
  await seen('request');
  const number = (await v.page.getByRole('heading', { level: 1 }).innerText()).match(/[0-9A-Z]{4}-[0-9A-Z]{4}/)?.[0];
  assert.ok(number, 'the request has a number');
  return number;
}

/** signsByCode goes from the request to its contract and signs it with the code that comes by SMS. */
export async function signsByCode(v, demo, who, { seen = async () => {} } = {}) {
  const t = words(v.lang);
  await step.press(v, t('enrolment.request.sign'), { role: 'link' });
  await step.heading(v, t('sign.title'));
  await step.press(v, t('sign.send'));
  await v.page.getByLabel(t('sign.code'), { exact: true }).fill(await step.smsCode(demo, who));
  await seen('sign with a code');
  await step.press(v, t('sign.go'));
}

/** enters signs in with the new identity at a service of level 2 behind the gateway, for the first time. */
export async function enters(v, demo, who) {
  const t = words(v.lang);
  await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);
  await step.chooseSPID(v);
  await v.page.getByLabel('User ID').fill(who.email);
  await v.page.getByLabel('Password', { exact: true }).fill(secret);
  await step.press(v, t('idp.password.submit'));
  await step.bySMS(v, demo, who);
  await step.consent(v);
  await step.firstEntry(v, { name: `${who.name} ${who.surname}` });
  await v.page.getByRole('heading', { name: t('demo.service.told') }).waitFor();
  await v.page.getByText(who.code).first().waitFor();
}

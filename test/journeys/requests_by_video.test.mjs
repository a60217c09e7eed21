// Nina requests an identity on her telephone and is identified in a video session: all thirteen steps, a second person sees the recording, and
// she enters a service of level 2. And a wrong turn: the first session ends for poor quality, and she comes again.
// What the fake cameras showed is found again in what was kept.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor, whole } from './lib/browser.mjs';
import { camera, film, shown } from './lib/camera.mjs';
import { start } from './lib/demo.mjs';
import * as enrol from './lib/enrol.mjs';
import * as operator from './lib/operators.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const nina = { name: 'Nina', surname: 'Richiesta', sex: 'F', born: ['10', '5', '1983'], province: 'CO', town: 'Bellagio', code: 'RCHNNI83E50A744F', email: 'nina.richiesta@example.org', phone: '+393331110099', document: 'CA00001AA' };
const italian = { lang: 'it', screen: phone };
const english = { lang: 'en', screen: desktop };

let dir; let demo; let hers; let theirs;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atrio-video-'));
  await film(join(dir, 'applicant.y4m'), [180, 90, 170], [0, 0]); // reddish, a square at the top left
  await film(join(dir, 'operator.y4m'), [170, 160, 90], [1, 1]); // greenish blue, a square at the bottom right
  [hers, theirs, demo] = await Promise.all([open(camera(join(dir, 'applicant.y4m')), whole), open(camera(join(dir, 'operator.y4m')), whole), start()]);
});
after(async () => {
  await hers?.close();
  await theirs?.close();
  await demo?.stop();
  await rm(dir, { recursive: true, force: true });
});

story('Nina is identified in a video session, at the second attempt, and enters a service of level 2', async () => {
  const judge = new Judge();
  const v = await visitor(hers, italian);
  const t = words('it');
  const d = words('en');
  const seen = (name) => judge.both(v, `video: ${name}`); // in Italian and in English
  await enrol.applies(v, demo, nina, { method: 'video' });
  const number = await enrol.fillsIn(v, nina);
  await signs(v, t);
  await step.heading(v, t('booking.start.title'));
  await seen('start');
  await step.press(v, t('booking.start.check'), { role: 'link' });
  await v.page.locator('[data-go]').click();
  await v.page.locator('[data-check=camera]', { hasText: t('booking.check.fine') }).waitFor();
  await judge.look(v, 'video: check of the camera');
  await v.page.goto(`${demo.idp}/enrol/video`);
  await v.page.locator('#consent').check();
  await step.press(v, t('booking.start.now.go'));
  await step.heading(v, t('booking.waiting.title'));
  await seen('waiting');

  const vera = await operator.works(theirs, demo, english, 'vera.prova@gestore.example.org');
  await takes(vera, d);
  await judge.look(vera, 'operators: a video session');
  await step.heading(v, t('call.title'));
  await connected(v, vera);
  await status(v, t('call.status.joined'));
  assert.equal(await v.page.locator('[data-go]').isVisible(), false, 'what is on needs no button');
  await seen('session'); // which is loaded again for each language
  await connected(v, vera);
  await twoPages(v, t, judge);
  await connected(v, vera);

  // Too dark: the session ends, and she is told.
  await vera.page.locator('summary', { hasText: d('videodesk.abort') }).click();
  await vera.page.locator('#reason-quality').check();
  await step.press(vera, d('videodesk.abort'));
  await step.heading(vera, d('videodesk.list.title'));
  await demo.message(nina.email, (m) => m.text.includes(t('video.abort.quality.told')));
  await v.page.getByText(t('enrolment.state.contract_ready'), { exact: true }).waitFor();
  await demo.advance('2m'); // another code may be sent
  await signs(v, t);
  await step.press(v, t('booking.start.now.go'));
  await step.heading(v, t('booking.waiting.title'));
  await takes(vera, d);
  await step.heading(v, t('call.title'));
  await connected(v, vera);

  // The script, step by step; what she says she writes.
  await v.page.getByText(t('video.say.a')).waitFor();
  await v.page.locator('#text').fill('Sì, sono d’accordo');
  await step.press(v, t('call.chat.send'));
  await vera.page.getByText('Sì, sono d’accordo').waitFor();
  for (const letter of ['a', 'b', 'c', 'd', 'e', 'f']) await does(vera, d, letter);
  await vera.page.getByRole('button', { name: d('videodesk.send'), exact: true }).click();
  await vera.page.getByLabel(d('videodesk.code'), { exact: true }).fill(await step.smsCode(demo, nina));
  await step.press(vera, d('videodesk.code.check'));
  await vera.page.getByText(d('videodesk.code.right')).waitFor();
  const mail = await demo.message(nina.email, (m) => /\/enrol\/video\/mail\?/.test(m.text));
  const tab = await v.context.newPage();
  await tab.goto(mail.text.match(/http\S+\/enrol\/video\/mail\?\S+/)[0]);
  await tab.getByRole('button', { name: t('call.mail.go'), exact: true }).click();
  await tab.getByText(t('call.mail.done')).waitFor();
  await tab.close();
  await vera.page.getByText(d('videodesk.link.right')).waitFor();
  for (const letter of ['g', 'h', 'i', 'j', 'k']) await does(vera, d, letter);
  await vera.page.getByRole('button', { name: d('videodesk.draw.spoken'), exact: true }).click();
  await v.page.getByText(/Di’ o scrivi/).first().waitFor();
  for (const letter of ['l', 'm']) await does(vera, d, letter);
  await vera.page.getByRole('heading', { name: d('videodesk.session.finished') }).waitFor();
  await judge.look(vera, 'operators: the end of the script');
  await step.press(vera, d('videodesk.identify'));
  await operator.proves(vera, vera.page.getByRole('heading', { name: d('videodesk.list.title'), exact: true }));
  await v.page.getByText(t('enrolment.state.operator_check'), { exact: true }).waitFor();

  // A second person sees the recording, which is what the cameras showed.
  const remo = await operator.works(theirs, demo, english, 'remo.prova@gestore.example.org');
  await remo.page.goto(`${demo.idp}/operator/queue`);
  await step.press(remo, d('review.next'));
  await step.heading(remo, d('review.request.title', { number }));
  const films = remo.page.locator('[data-player] video');
  assert.equal(await films.count(), 2, 'both sides were kept');
  await judge.look(remo, 'operators: a recording to look at');
  for (const [i, place, dark, tint] of [[0, [80, 80], [560, 400], (r, g, b) => r > g && r > b], [1, [560, 400], [80, 80], (r, g, b) => b > r || g > r]]) {
    const player = films.nth(i);
    await player.evaluate(async (video) => { video.muted = true; await video.play(); });
    await remo.page.waitForFunction((n) => document.querySelectorAll('[data-player] video')[n].currentTime > 0, i);
    const answer = await remo.context.request.get(new URL(await player.getAttribute('src'), demo.idp).href);
    assert.equal(answer.status(), 200);
    const body = await answer.body();
    const [square, ground] = [await shown(body, place), await shown(body, dark)];
    assert.ok(square.frames > 20 && square.seconds > 2, `a recording of ${square.frames} frames, ${square.seconds} s`);
    assert.ok(square.colour.every((c) => c < 70), `the square is dark: ${square.colour}`);
    assert.ok(tint(...ground.colour), `the ground has the colour of its camera: ${ground.colour}`);
    const part = await remo.context.request.get(new URL(await player.getAttribute('src'), demo.idp).href, { headers: { Range: 'bytes=0-3' } });
    assert.equal(part.status(), 206);
    assert.deepEqual([...await part.body()], [0x1a, 0x45, 0xdf, 0xa3], 'a part of it is where it belongs');
  }
  const approving = remo.page.locator('details', { has: remo.page.locator('input[value=approve]') });
  await approving.locator('summary').click();
  for (const box of await approving.locator('input[type=checkbox]').all()) await box.check();
  await approving.getByRole('button', { name: d('review.approve'), exact: true }).click();
  await operator.proves(remo, remo.page.getByRole('heading', { name: d('review.queue.title'), exact: true }));

  await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);
  await step.chooseSPID(v);
  await v.page.getByLabel('User ID').fill(nina.email);
  await v.page.getByLabel('Password', { exact: true }).fill(enrol.secret);
  await step.press(v, t('idp.password.submit'));
  await step.bySMS(v, demo, nina);
  await step.consent(v);
  await step.firstEntry(v, { name: 'Nina Richiesta' });
  await v.page.getByRole('heading', { name: t('demo.service.told') }).waitFor();
  for (const one of [v, vera, remo]) await one.close();
  judge.verdict();
});

/** signs signs the contract with the code of an SMS, from the page of the request. */
async function signs(v, t) {
  await step.press(v, t('enrolment.request.sign'), { role: 'link' });
  await step.heading(v, t('sign.title'));
  await v.page.locator('form[action$="/again"] button').click();
  await v.page.getByLabel(t('sign.code'), { exact: true }).fill(await step.smsCode(demo, nina));
  await step.press(v, t('sign.go'));
}

/** takes takes the next who waits. */
async function takes(vera, d) {
  await vera.page.goto(`${demo.idp}/operator/video`);
  await step.press(vera, d('videodesk.list.next'));
  await vera.page.locator('[data-session]').waitFor();
}

/** connected waits until each sees the other. */
async function connected(...people) {
  for (const one of people) {
    await one.page.waitForFunction(() => { const film = document.querySelector('[data-remote]'); return film && film.videoWidth > 0 && film.currentTime > 0; });
  }
}

/** status waits for what the page says of the line. */
async function status(v, text) {
  await v.page.locator('[data-status]', { hasText: text }).waitFor();
}

/** twoPages opens the session a second time: the first page says so, lets go of the camera and takes over again when it is asked to. */
async function twoPages(v, t, judge) {
  const second = await v.context.newPage();
  await second.goto(v.page.url());
  await status(v, t('call.status.elsewhere'));
  assert.equal(await v.page.evaluate(() => document.querySelector('[data-own]').srcObject.active), false, 'the camera is given back');
  await judge.look(v, 'video: session in another window');
  await second.locator('[data-status]', { hasText: t('call.status.joined') }).waitFor();
  await v.page.locator('[data-go]').click();
  await second.locator('[data-status]', { hasText: t('call.status.elsewhere') }).waitFor();
  await second.close();
  await status(v, t('call.status.joined'));
}

/** does ticks what was seen at a step, and notes it as done. */
async function does(vera, d, letter) {
  const card = vera.page.locator('section', { has: vera.page.locator(`input[name=step][value=${letter}]`) });
  await card.waitFor();
  for (const box of await card.locator('input[type=checkbox]').all()) await box.check();
  await card.getByRole('button', { name: d('videodesk.session.done'), exact: true }).click();
  await card.waitFor({ state: 'detached' });
}

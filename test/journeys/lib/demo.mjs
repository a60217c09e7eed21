// The program under test: one `atrio demo` for each file of journeys, in a directory
// and on ports of its own, ended by its process id.

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** root is the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** binary is the program under test: what `make build` made, or ATRIO_BIN. */
export const binary = process.env.ATRIO_BIN ?? join(root, 'bin/atrio');

const patience = 120_000; // a loaded machine with two cores is slow, not broken
const offsets = [0, 1, 2, 3, 9, 10, 363];

/** Demo is a running demonstration; see start. */
export class Demo {
  constructor(base, dir, child) {
    Object.assign(this, { base, dir, child });
    [this.gateway, this.idp, this.portal, this.desk, this.operations] = offsets.map((n) => `http://localhost:${base + n}`);
    this.cards = `https://localhost:${base + 363}`;
  }

  /** person finds one of the people of the demonstration by the given name. */
  async person(givenName) {
    const people = await this.#json('/people.json');
    const found = people.find((p) => p.name.startsWith(`${givenName} `));
    if (!found) throw new Error(`the demo knows nobody called ${givenName}`);
    return found;
  }

  /** message waits for the newest message to an address that `fits`. */
  async message(to, fits) {
    return until(`a message to ${to}`, async () => {
      const items = await this.#json('/inbox.json');
      return items.find((m) => m.to === to && fits(m));
    });
  }

  /** advance moves the clock of the demonstration: "2h", "181d". */
  async advance(by) {
    return this.#json('/clock', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ advance: by }) });
  }

  /** now is the calendar of the demonstration, in milliseconds. */
  async now() {
    return Date.parse((await this.advance('0s')).now);
  }

  /** stop ends the demonstration; whatever it logged as an error fails the journey, but for the reasons named. */
  async stop(...reasons) {
    await end(this.child);
    const log = await readFile(join(this.dir, 'atrio.log'), 'utf8');
    await rm(this.dir, { recursive: true, force: true });
    blameless(log, reasons);
  }

  async #json(path, options) {
    const answer = await fetch(this.desk + path, options);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}

/** start runs a demonstration and resolves when everything answers. `overrides` is TOML. */
export async function start({ overrides } = {}) {
  for (let tries = 1; ; tries++) {
    const dir = await mkdtemp(join(tmpdir(), 'atrio-journey-'));
    const base = await freeBase();
    const args = ['demo', '--dir', dir, '--port-base', String(base)];
    if (overrides) {
      await writeFile(join(dir, 'overrides.toml'), overrides);
      args.push('--config', join(dir, 'overrides.toml'));
    }
    const child = run(args);
    try {
      await child.said(/^ready$/m);
      return new Demo(base, dir, child);
    } catch (fault) {
      await end(child);
      await rm(dir, { recursive: true, force: true });
      // Somebody else may have taken a port between the probe and the start.
      if (tries === 5 || !/cannot listen/.test(fault.message)) throw fault;
    }
  }
}

/** run starts the program; `said` of the result waits for words of its output. */
export function run(args, { env, cwd } = {}) {
  // Variables with this prefix are settings of the program; those here speak to the tests.
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ATRIO_')));
  const child = spawn(binary, args, { cwd, env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = new Promise((done) => {
    child.once('error', (e) => done(e.message));
    child.once('exit', (code, signal) => done(`ended with ${code ?? signal}`));
  });
  const listen = (chunk) => { output += chunk; child.emit('output'); };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  // Nothing outlives the journey, even when it breaks.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  child.ended = ended;
  child.output = () => output;
  child.said = (words) => new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`atrio ${args[0]} did not say ${words} in time:\n${output}`)), patience);
    const look = () => words.test(output) && (clearTimeout(late), done());
    child.on('output', look);
    ended.then((how) => { clearTimeout(late); fail(new Error(`atrio ${args.join(' ')} ${how}:\n${output}`)); });
    look();
  });
  return child;
}

/** end stops a process that run started and waits until it is gone. */
export async function end(child) {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await child.ended;
  clearTimeout(late);
}

/** blameless throws when a log tells of answers of 500 and above, or of errors for reasons other than those named. */
export function blameless(log, reasons = []) {
  const lines = log.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const faults = lines.filter((l) => (l.level === 'ERROR' && !reasons.includes(l.reason)) || l.status >= 500);
  if (faults.length > 0) throw new Error(`the program logged errors:\n${faults.map((f) => JSON.stringify(f)).join('\n')}`);
}

/** until asks again and again, without haste, until the answer is truthy. */
export async function until(what, ask) {
  for (const deadline = Date.now() + patience; Date.now() < deadline;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((next) => { setTimeout(next, 50); });
  }
  throw new Error(`waited in vain for ${what}`);
}

/** freeBase finds a base whose ports are all free, below the ports that systems hand out and above 10080, which browsers refuse. */
export async function freeBase() {
  for (let tries = 0; tries < 200; tries++) {
    const base = 10_100 + 20 * Math.floor(Math.random() * 1_000);
    if ((await Promise.all(offsets.map((n) => isFree(base + n)))).every(Boolean)) return base;
  }
  throw new Error('no free ports found');
}

function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}

/** totp is the code that an authenticator app shows. RFC 6238 */
export function totp(secret, at) {
  const bits = [...secret.replaceAll('=', '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const offset = mac.at(-1) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

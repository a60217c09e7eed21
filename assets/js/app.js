// The app of level 2: [data-app] with one section a state. The private key is made here,
// stays in IndexedDB, and cannot be read, not even by this script; what is decided is
// signed with it. What is asked comes by a stream, or is fetched where none holds.
const root = document.querySelector('[data-app]');
const curve = { name: 'ECDSA', namedCurve: 'P-256' };
const signing = { name: 'ECDSA', hash: 'SHA-256' };
const again = 5000; // ms, until the server is tried again; longer each time, up to a minute
const longest = 60000;
let pause = again;
let timer = 0;
let shown = null; // the request on the screen
let stream = null;

const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const sign = async (key, lines) => text(await crypto.subtle.sign(signing, key, new TextEncoder().encode(lines.join('\n'))));

function view(name) {
  for (const section of root.querySelectorAll('[data-view]')) section.hidden = section.dataset.view !== name;
  root.querySelector('[data-again]').hidden = !['approved', 'wrong', 'refused', 'reported', 'over', 'offline'].includes(name);
  root.querySelector(`[data-view="${name}"] h2`).focus({ preventScroll: true });
}

// retry says that there is no network, and tries by itself.
function retry(act) {
  shown = null;
  if (root.querySelector('[data-view="offline"]').hidden) view('offline');
  clearTimeout(timer);
  timer = setTimeout(act, pause);
  pause = Math.min(2 * pause, longest);
}

// One store with one record a key: { device, key }.
function keys(mode, act) {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open('atrio-app', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('keys', { keyPath: 'device' });
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const transaction = open.result.transaction('keys', mode);
      const request = act(transaction.objectStore('keys'));
      transaction.oncomplete = () => { open.result.close(); resolve(request.result); };
      transaction.onerror = () => { open.result.close(); reject(transaction.error); };
    };
  });
}

async function call(path, body) {
  const answer = await fetch(path, {
    method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
  });
  return { status: answer.status, said: await answer.json() };
}

function binding(token) {
  const form = root.querySelector('[data-bind]');
  const failed = root.querySelector('[data-failed]');
  const word = (key) => root.querySelector(`[data-word="${key}"]`)?.textContent ?? root.querySelector('[data-word="proof"]').textContent;
  view('bind');
  form.elements.code.focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    failed.hidden = true;
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const pair = await crypto.subtle.generateKey(curve, false, ['sign', 'verify']);
      const { status, said } = await call('/app/bind', {
        token, code: form.elements.code.value.replace(/[\s-]/g, ''), name: form.elements.name.value,
        key: text(await crypto.subtle.exportKey('spki', pair.publicKey)),
        proof: await sign(pair.privateKey, ['atrio app: bind', token]),
      });
      if (status === 201) {
        await keys('readwrite', (store) => store.put({ device: said.device, key: pair.privateKey }));
        navigator.storage?.persist?.().catch(() => {}); // browsers that need room delete other keys first
        await start();
        return;
      }
      failed.textContent = word(said.error);
    } catch {
      failed.textContent = word('proof');
    }
    failed.hidden = false;
    button.disabled = false;
    form.elements.code.focus();
  });
}

// enter proves the keys; those that the server does not know any more are forgotten.
async function enter() {
  const held = await keys('readonly', (store) => store.getAll());
  if (held.length === 0) return 0;
  const { said: { nonce } } = await call('/app/nonce');
  const devices = await Promise.all(held.slice(0, 5).map(async ({ device, key }) => (
    { device, signature: await sign(key, ['atrio app: enter', nonce, device]) })));
  const { status, said } = await call('/app/enter', { nonce, devices });
  if (status !== 200) throw new Error('not let in');
  for (const { device } of devices) {
    if (!said.devices.includes(device)) await keys('readwrite', (store) => store.delete(device));
  }
  const notice = root.querySelector('[data-notice]');
  notice.textContent = said.notice;
  notice.hidden = said.notice === '';
  return said.devices.length;
}

function receive({ prompts }) {
  if (prompts.length === 0) {
    if (shown) { shown = null; view('ready'); }
    return;
  }
  if (shown?.id === prompts[0].id) return;
  [shown] = prompts;
  root.querySelector('[data-service]').textContent = shown.service;
  root.querySelector('[data-level]').textContent = shown.level;
  root.querySelector('[data-at]').textContent = shown.at;
  root.querySelector('[data-numbers]').replaceChildren(...shown.numbers.map((number) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-primary';
    button.textContent = number;
    button.addEventListener('click', () => answer('approve', number));
    return button;
  }));
  view('prompt');
}

async function answer(decision, number) {
  const asked = shown;
  if (!asked) return;
  stream?.close();
  shown = null;
  try {
    const { key } = await keys('readonly', (store) => store.get(asked.device));
    const { status, said } = await call('/app/answer', {
      prompt: asked.id, device: asked.device, number, decision,
      signature: await sign(key, ['atrio app: answer', asked.id, asked.service, asked.level, number, decision]),
    });
    if (status !== 200 && status !== 403 && status !== 410) throw new Error('not taken');
    view(status === 200 ? said.state : 'over');
    // The next request comes by itself; a key that is switched off is asked nothing.
    if (said.state !== 'reported') listen();
  } catch {
    retry(start); // what was not answered is asked again
  }
}

function listen() {
  stream?.close();
  stream = new EventSource('/app/events');
  stream.onmessage = (event) => receive(JSON.parse(event.data));
  stream.onerror = () => {
    // The browser opens it again by itself, but for an answer that says no.
    if (stream.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    timer = setTimeout(fetchOnce, again);
  };
}

async function fetchOnce() {
  try {
    const { status, said } = await call('/app/pending');
    if (status === 200) receive(said);
    else if (await enter() === 0) { view('empty'); return; }
    if (!root.querySelector('[data-view="offline"]').hidden) view('ready');
    pause = again;
    listen();
  } catch {
    retry(fetchOnce);
  }
}

async function start() {
  clearTimeout(timer);
  stream?.close();
  try {
    if (await enter() === 0) { view('empty'); return; }
    shown = null;
    view('ready');
    pause = again;
    listen();
  } catch {
    retry(start);
  }
}

if (!globalThis.indexedDB || !globalThis.crypto?.subtle) {
  view('unsupported');
} else {
  document.head.append(Object.assign(document.createElement('link'), { rel: 'manifest', href: '/app/manifest.webmanifest' }));
  navigator.serviceWorker?.register('/app/worker.js', { scope: '/app' }).catch(() => {});
  root.querySelector('[data-refuse]').addEventListener('click', () => answer('refuse', 0));
  root.querySelector('[data-report]').addEventListener('click', () => answer('report', 0));
  root.querySelector('[data-again] button').addEventListener('click', start);
  const token = location.hash.slice(1);
  // The address is not kept in the history of the telephone.
  if (token) history.replaceState(null, '', location.pathname);
  if (/^[\w-]{22}$/.test(token)) binding(token);
  else start();
}

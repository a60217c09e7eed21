// Pages of a video session: waiting, the check before it, and the session itself. Nothing
// here decides anything: what counts is what the server got.
const wanted = { audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25 } } };

const json = async (url, options) => {
  // A line that is dead without a word is given up: the next try may find another one.
  const answer = await fetch(url, { headers: { Accept: 'application/json', ...options?.headers }, signal: AbortSignal.timeout(15_000), ...options });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

// waiting asks for the place in the queue until the session begins.
async function waiting(place) {
  for (;;) {
    await pause(3000);
    try {
      const { text, to } = await json(place.dataset.waiting);
      if (to) { location.assign(to); return; }
      if (place.textContent !== text) place.textContent = text;
    } catch { /* the next one may come through */ }
  }
}

// light is the mean luminance of a picture, from 0 to 255.
function light(video) {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 24;
  const paper = canvas.getContext('2d', { willReadFrequently: true });
  paper.drawImage(video, 0, 0, 32, 24);
  const { data } = paper.getImageData(0, 0, 32, 24);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
  return sum / (data.length / 4);
}

// loudness is how far sound goes from silence within some moments.
async function loudness(stream) {
  const context = new AudioContext();
  const meter = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(meter);
  const samples = new Uint8Array(meter.fftSize);
  let most = 0;
  for (let n = 0; n < 20; n++) {
    await pause(100);
    meter.getByteTimeDomainData(samples);
    for (const s of samples) most = Math.max(most, Math.abs(s - 128));
  }
  await context.close();
  return most;
}

// speed is a hint in kbit/s: how fast a file of ours comes.
async function speed(url) {
  const start = performance.now();
  const body = await (await fetch(url, { cache: 'no-store' })).arrayBuffer();
  return (body.byteLength * 8) / Math.max(1, performance.now() - start);
}

function precheck(root) {
  const go = root.querySelector('[data-go]');
  const say = (what, bad) => { root.querySelector(`[data-check="${what}"]`).textContent = bad ? root.dataset[bad] : root.dataset.fine; };
  go.hidden = false;
  go.addEventListener('click', async () => {
    go.disabled = true;
    speed(root.dataset.precheck).then((kbit) => say('network', kbit < 1000 ? 'networkSlow' : ''), () => say('network', 'networkSlow'));
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      const video = root.querySelector('video');
      video.srcObject = stream;
      await video.play();
      say('camera', Math.min(video.videoWidth, video.videoHeight) < 480 ? 'cameraLow' : '');
      const mean = light(video);
      say('light', mean < 50 ? 'lightDark' : mean > 220 ? 'lightBright' : '');
      say('microphone', await loudness(stream) < 3 ? 'microphoneQuiet' : '');
      for (const track of stream.getTracks()) track.stop();
    } catch {
      say('camera', 'cameraBad');
      say('microphone', 'microphoneBad');
    }
    go.disabled = false;
  });
}

// gathered waits until the offer has its candidates: there is no trickle.
const gathered = (peer) => new Promise((done) => {
  if (peer.iceGatheringState === 'complete') { done(); return; }
  peer.addEventListener('icegatheringstatechange', () => { if (peer.iceGatheringState === 'complete') done(); });
  setTimeout(done, 3000);
});

class Session {
  constructor(root) {
    this.root = root;
    this.path = root.dataset.session;
    this.status = root.querySelector('[data-status]');
    this.go = root.querySelector('[data-go]');
    // Another page of the same session takes over: two would cut each other off.
    this.others = new BroadcastChannel(this.path);
    this.others.addEventListener('message', () => {
      this.stop();
      this.tell('elsewhere');
    });
    this.go.addEventListener('click', () => this.start());
    for (const form of root.querySelectorAll('form[data-quiet]')) this.quiet(form);
    // Who sends a form that leads away goes where it leads, and nowhere else.
    document.addEventListener('submit', (event) => {
      if (event.target.matches('[data-quiet]')) return;
      this.left = true;
      this.source.close();
      this.stop();
    });
    // A telephone that slept and a line that is back try at once, and afresh.
    document.addEventListener('visibilitychange', () => this.wake());
    window.addEventListener('online', () => this.wake());
    this.listen();
    this.start();
  }

  // offer lets the person begin; while camera and microphone are on there is nothing to press.
  offer(may) {
    this.go.disabled = !may;
    this.go.hidden = !may;
  }

  wake() {
    if (document.visibilityState !== 'visible' || this.stopped || !this.stream) return;
    if (this.stream.getTracks().some((track) => track.readyState === 'ended')) {
      this.release();
      this.start();
    } else if (this.peer && (!this.go.hidden || ['disconnected', 'failed'].includes(this.peer.connectionState))) {
      this.tries = 0;
      this.offer(false);
      this.again(this.peer);
    }
  }

  // release gives camera and microphone back: a telephone lends them to one page alone.
  release() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
  }

  tell(key) {
    if (this.status.textContent !== this.root.dataset[key]) this.status.textContent = this.root.dataset[key];
  }

  async start() {
    this.offer(false);
    this.stopped = false;
    this.others.postMessage('here');
    try {
      this.stream ??= await navigator.mediaDevices.getUserMedia(wanted);
    } catch {
      this.tell('denied');
      this.offer(true);
      return;
    }
    if (this.stopped) { this.release(); return; } // another page was quicker
    for (const track of this.stream.getTracks()) track.addEventListener('ended', () => this.wake());
    this.root.querySelector('[data-own]').srcObject = this.stream;
    this.tries = 0;
    await this.join();
  }

  // cameras tells what films: a program in place of a camera is a reason to look closely.
  async cameras() {
    try {
      const list = await navigator.mediaDevices.enumerateDevices();
      return list.filter((d) => d.kind === 'videoinput').map((d) => d.label).slice(0, 10).join('\n');
    } catch {
      return '';
    }
  }

  async join() {
    this.tell(this.tries ? 'lost' : 'joining');
    this.peer?.close();
    const peer = new RTCPeerConnection({ iceServers: JSON.parse(this.root.dataset.servers || '[]') });
    this.peer = peer;
    for (const track of this.stream.getTracks()) {
      if (track.kind === 'video') track.contentHint = 'detail'; // a document has to be legible
      const sender = peer.addTransceiver(track, { direction: 'sendrecv', streams: [this.stream] });
      const codecs = RTCRtpReceiver.getCapabilities(track.kind)?.codecs.filter((c) => c.mimeType === (track.kind === 'video' ? 'video/VP8' : 'audio/opus'));
      if (codecs?.length) sender.setCodecPreferences?.(codecs);
    }
    const remote = new MediaStream();
    this.root.querySelector('[data-remote]').srcObject = remote;
    peer.addEventListener('track', (event) => remote.addTrack(event.track));
    peer.addEventListener('connectionstatechange', () => {
      if (peer !== this.peer || this.stopped) return;
      if (peer.connectionState === 'connected') {
        this.together();
        this.holds(peer);
      }
      if (peer.connectionState === 'failed' || peer.connectionState === 'disconnected') this.again(peer);
    });
    try {
      await peer.setLocalDescription(await peer.createOffer());
      await gathered(peer);
      const said = { offer: peer.localDescription.sdp, camera: this.stream.getVideoTracks()[0]?.label ?? '', cameras: await this.cameras() };
      const { answer } = await json(`${this.path}/join`, { method: 'POST', body: new URLSearchParams(said) });
      await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch {
      if (!this.stopped) this.again(peer);
    }
  }

  // together says that the line holds, and whether anybody is at its other end.
  together() { this.tell(this.alone ? 'alone' : 'joined'); }

  // holds forgets former tries once a line has held for a while: two browsers of one person
  // cut each other off, and have to stop at some time.
  async holds(peer) {
    await pause(30_000);
    if (peer === this.peer && peer.connectionState === 'connected') this.tries = 0;
  }

  // again joins anew after a pause: a line that comes back by itself needs nothing.
  async again(peer) {
    if (this.waits || this.stopped) return;
    if (this.tries >= 8) { this.tell('refused'); this.offer(true); return; }
    this.tell('lost');
    this.waits = true;
    await pause(1500 + 1000 * this.tries);
    this.waits = false;
    if (this.stopped || peer !== this.peer || peer.connectionState === 'connected') return;
    this.tries += 1;
    await this.join();
  }

  stop() {
    this.stopped = true;
    this.peer?.close();
    this.release();
    this.offer(true);
  }

  listen() {
    const source = new EventSource(`${this.path}/events`);
    this.source = source;
    source.addEventListener('message', (event) => {
      const news = JSON.parse(event.data);
      if (news.to) {
        this.left = true;
        source.close();
        this.stop();
        location.assign(news.to);
        return;
      }
      this.show(news);
    });
    // After an answer that is no stream a browser asks no more by itself.
    source.addEventListener('error', async () => {
      if (source.readyState !== EventSource.CLOSED) return;
      await pause(3000);
      if (this.source === source && !this.left) this.listen();
    });
  }

  show({ step, title, say, chat, mark, peer, mine }) {
    const set = (name, text) => {
      const at = this.root.querySelector(`[data-${name}]`);
      if (at && at.textContent !== text) at.textContent = text;
    };
    const at = this.root.querySelector('[data-step]');
    if (at) {
      const text = at.dataset.pattern.replace('#', String(Math.min(step, 13)));
      if (at.textContent !== text) at.textContent = text;
      set('title', title);
      set('say', say);
    }
    const list = this.root.querySelector('[data-chat]');
    for (const line of chat.slice(list.children.length)) {
      const item = document.createElement('li');
      const who = document.createElement('strong');
      who.textContent = `${line.who}:`;
      item.append(who, ` ${line.text}`);
      list.append(item);
    }
    this.alone = !peer;
    if (!this.stopped && this.peer?.connectionState === 'connected') this.together();
    const now = `${mark} ${peer} ${mine}`;
    if (this.mark && this.mark !== now) this.reload();
    this.mark = now;
  }

  // reload fetches what the operator sees beside the pictures, which go on meanwhile.
  async reload() {
    if (!this.root.querySelector('[data-desk]')) return;
    try {
      const answer = await fetch(this.path);
      if (answer.ok) this.replace(await answer.text());
    } catch { /* the next news bring it */ }
  }

  replace(text) {
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-desk]');
    const old = this.root.querySelector('[data-desk]');
    if (!fresh || !old || old.contains(document.activeElement) && document.activeElement.matches('input:not([type=checkbox])')) return false;
    // What was ticked and not sent yet stays.
    for (const box of old.querySelectorAll('input[type=checkbox]:checked')) {
      const twin = fresh.querySelector(`input[name="${CSS.escape(box.name)}"]`);
      if (twin && old.querySelector('[name=step]')?.value === fresh.querySelector('[name=step]')?.value) twin.checked = true;
    }
    old.replaceWith(document.adoptNode(fresh));
    for (const form of fresh.querySelectorAll('form[data-quiet]')) this.quiet(form);
    return true;
  }

  // quiet sends a form without leaving the page: leaving it would cut the line.
  quiet(form) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const button = form.querySelector('button[type=submit]');
      if (button.disabled) return;
      button.disabled = true;
      try {
        const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
        const text = await answer.text();
        const area = form.querySelector('textarea');
        if (area) {
          if (answer.ok) area.value = '';
        } else if (form.isConnected) {
          document.activeElement?.blur();
          if (this.replace(text)) this.root.querySelector('[data-desk]').focus();
        }
      } catch { /* the person presses again */ }
      button.disabled = false;
    });
  }
}

// player leads both recordings to a step, so that who decides sees it from both sides.
function player(root) {
  for (const link of root.querySelectorAll('[data-seek]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      for (const video of root.querySelectorAll('video')) {
        video.currentTime = Number(link.dataset.seek);
        video.play().catch(() => {}); // the person presses play
      }
    });
  }
}

for (const place of document.querySelectorAll('[data-waiting]')) waiting(place);
for (const root of document.querySelectorAll('[data-precheck]')) precheck(root);
for (const root of document.querySelectorAll('[data-session]')) new Session(root);
for (const root of document.querySelectorAll('[data-player]')) player(root);

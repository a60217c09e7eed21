// Films a face live: sends camera and microphone to the server, which says one thing at a time
// to do. Nothing here decides anything, and nothing of the film stays here. // A13
const wanted = { audio: true, video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25 } } };

const ask = async (url, options) => {
  const answer = await fetch(url, { headers: { Accept: 'application/json' }, ...options });
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { status: answer.status });
  return answer.status === 204 ? null : answer.json();
};

const gathered = (peer) => new Promise((done) => {
  if (peer.iceGatheringState === 'complete') { done(); return; }
  peer.addEventListener('icegatheringstatechange', () => { if (peer.iceGatheringState === 'complete') done(); });
  setTimeout(done, 3000);
});

// devices are what the cameras here call themselves: a hint for who looks at the film.
async function devices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((d) => d.kind === 'videoinput').map((d) => d.label).join('\n');
}

class Film {
  constructor(root) {
    this.root = root;
    this.path = root.dataset.face;
    this.page = this.path.replace(/\/live$/, ''); // it says what became of a film
    this.at = (name) => root.querySelector(`[data-${name}]`);
    this.at('before').hidden = false;
    this.at('go').addEventListener('click', () => this.start());
    for (const button of root.querySelectorAll('[data-press]')) button.addEventListener('click', () => this.press(button.dataset.press));
    // Escape stops the film, which the server then says.
    this.at('filming').addEventListener('cancel', (event) => { event.preventDefault(); this.press('stop'); });
    addEventListener('pagehide', () => this.stop());
  }

  tell(key) { this.at('status').textContent = key ? this.root.dataset[key] : ''; }

  async start() {
    this.at('go').disabled = true;
    this.tell('connecting');
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(wanted);
    } catch {
      this.fail('denied');
      return;
    }
    try {
      await this.join();
    } catch (error) {
      if (error.status === 409 || error.status === 429) { location.assign(this.page); return; } // the page says why
      this.fail(error.status === 503 ? 'busy' : 'refused');
      return;
    }
    this.tell('');
    this.at('own').srcObject = this.stream;
    this.at('filming').showModal();
    this.follow();
  }

  fail(key) {
    this.stop();
    this.tell(key);
    this.at('go').disabled = false;
  }

  async join() {
    const peer = new RTCPeerConnection({ iceServers: JSON.parse(this.root.dataset.servers || '[]') });
    this.peer = peer;
    for (const track of this.stream.getTracks()) {
      if (track.kind === 'video') track.contentHint = 'detail'; // a face is compared with a picture: small it proves nothing
      const sender = peer.addTransceiver(track, { direction: 'sendonly', streams: [this.stream] });
      const codecs = RTCRtpReceiver.getCapabilities(track.kind)?.codecs.filter((c) => c.mimeType === (track.kind === 'video' ? 'video/VP8' : 'audio/opus'));
      if (codecs?.length) sender.setCodecPreferences?.(codecs);
    }
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const { answer } = await ask(this.path, { method: 'POST', body: new URLSearchParams({
      offer: peer.localDescription.sdp, gestures: this.root.querySelector('#spoken').checked ? 'no' : 'yes',
      camera: this.stream.getVideoTracks()[0]?.label ?? '', devices: await devices(),
    }) });
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  async follow() {
    for (let mark = 0, tries = 0; ;) {
      try {
        const news = await ask(`${this.path}/cue?seen=${mark}`);
        tries = 0;
        if (news.done || news.cut) { this.stop(); location.assign(this.page); return; }
        if (news.mark !== mark) this.show(news);
        mark = news.mark;
      } catch (error) {
        tries += 1;
        if (tries > 4 || error.status) { this.stop(); location.assign(this.page); return; }
        await new Promise((done) => { setTimeout(done, 500); });
      }
    }
  }

  show({ n, of, text, colour, waits }) {
    this.at('saving').textContent = text ? '' : this.root.dataset[n ? 'saving' : 'connecting'];
    this.at('say').textContent = text;
    this.at('step').textContent = text ? this.at('step').dataset.pattern.replace('##', String(of)).replace('#', String(n)) : '';
    document.documentElement.dataset.light = colour ?? '';
    for (const button of this.root.querySelectorAll('[data-press=next], [data-press=more]')) {
      button.hidden = !waits;
      button.disabled = false;
    }
    if (!text && n) this.stop();
  }

  async press(what) {
    for (const button of this.root.querySelectorAll(what === 'next' ? '[data-press=next], [data-press=more]' : `[data-press=${what}]`)) button.disabled = true;
    try {
      await ask(`${this.path}/cue`, { method: 'POST', body: new URLSearchParams({ do: what }) });
    } catch { /* the cue goes on by itself */ }
  }

  stop() {
    document.documentElement.dataset.light = '';
    this.peer?.close();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }
}

for (const root of document.querySelectorAll('[data-face]')) new Film(root);

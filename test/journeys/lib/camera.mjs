// Films for the fake camera of Chromium, and pictures out of recordings.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** film writes some frames of one colour (Y, Cb, Cr) with a dark square at a place that says whose it is, as Y4M. */
export async function film(path, [luma, blue, red], corner, { width = 640, height = 480, frames = 10 } = {}) {
  const bright = Buffer.alloc(width * height, luma);
  const [left, top] = corner.map((at, i) => (at ? [width, height][i] - 160 : 32));
  for (let y = top; y < top + 128; y++) bright.fill(16, y * width + left, y * width + left + 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), bright, Buffer.alloc((width * height) / 4, blue), Buffer.alloc((width * height) / 4, red)]);
  await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F25:1 Ip A1:1 C420jpeg\n`), ...Array(frames).fill(frame)]));
}

/** camera is what Chromium is started with so that it films this. */
export const camera = (path) => ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${path}`, '--autoplay-policy=no-user-gesture-required'];

/** shown decodes a recording and gives its length in seconds and the mean colour of a place in its last frame, as RGB. */
export async function shown(recording, [x, y]) {
  const dir = await mkdtemp(join(tmpdir(), 'atrio-film-'));
  try {
    const file = join(dir, 'recording.webm');
    await writeFile(file, recording);
    const { stdout: times } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file], { maxBuffer: 64 << 20 });
    const list = times.trim().split('\n').map(Number.parseFloat);
    const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', file, '-vf', 'fps=1,scale=640:480', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { encoding: 'buffer', maxBuffer: 512 << 20 });
    const size = 640 * 480 * 3;
    const last = stdout.subarray(stdout.length - size);
    const mean = [0, 0, 0];
    for (let dy = 0; dy < 16; dy++) for (let dx = 0; dx < 16; dx++) for (let c = 0; c < 3; c++) mean[c] += last[((y + dy) * 640 + x + dx) * 3 + c] / 256;
    return { frames: list.length, seconds: Math.max(...list) - Math.min(...list), colour: mean.map(Math.round) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

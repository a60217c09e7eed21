// Collects the built files, names them by their content, compresses them and
// writes them with their manifest.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

// Bytes before compression that a file may not exceed.
const budgets = { 'atrio.css': 200_000, 'sprites.svg': 60_000 };

export class Output {
  #dir;
  #files = new Map(); // logical name → { path, sha256, type, content }
  #plain = new Map(); // path → content, neither hashed nor in the manifest

  constructor(dir) { this.#dir = dir; }

  // name is the hashed path a content will have.
  name(logical, content) {
    const ext = extname(logical);
    return `${logical.slice(0, -ext.length)}.${sha256(content).slice(0, 12)}${ext}`;
  }

  add(logical, data) {
    const content = Buffer.from(data);
    const budget = budgets[logical];
    if (budget && content.length > budget) {
      throw new Error(`${logical} has ${content.length} bytes, its budget is ${budget}`);
    }
    this.#files.set(logical, {
      path: this.name(logical, content), sha256: sha256(content), type: types[extname(logical)], content,
    });
  }

  addPlain(path, data) { this.#plain.set(path, Buffer.from(data)); }

  // path is the hashed path of a file added before.
  path(logical) {
    const file = this.#files.get(logical);
    if (!file) throw new Error(`no file ${logical}`);
    return file.path;
  }

  write({ icons, licences }) {
    const manifest = { files: {}, icons, licences };
    const writes = new Map(this.#plain);
    for (const [logical, { path, sha256, type, content }] of [...this.#files].sort()) {
      const encodings = [];
      writes.set(path, content);
      for (const [coding, suffix, data] of compressed(path, content)) {
        encodings.push(coding);
        writes.set(path + suffix, data);
      }
      manifest.files[logical] = { path, sha256, type, ...(encodings.length && { encodings }) };
      const sizes = [content, writes.get(`${path}.gz`), writes.get(`${path}.br`)].map((b) => b?.length ?? '-');
      console.log(`${logical.padEnd(28)}${sizes.map((n) => String(n).padStart(9)).join('')}`);
    }
    writes.set('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
    this.#replace(writes);
  }

  // replace writes the manifest last: it never names a file that is not there.
  #replace(writes) {
    for (const [path, data] of writes) {
      mkdirSync(dirname(join(this.#dir, path)), { recursive: true });
      writeFileSync(join(this.#dir, path), data);
    }
    const keep = new Set(['.gitkeep', ...writes.keys()]);
    for (const entry of readdirSync(this.#dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name).slice(this.#dir.length + 1);
      if (entry.isFile() && !keep.has(path)) rmSync(join(this.#dir, path));
    }
  }
}

function sha256(content) { return createHash('sha256').update(content).digest('hex'); }

// compressed gives the precompressed twins where they save something.
function compressed(path, content) {
  if (extname(path) === '.woff2' || content.length < 512) return [];
  const br = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  });
  const gz = gzipSync(content, { level: 9 });
  gz[9] = 255; // the operating system's mark must not make a difference
  return [['br', '.br', br], ['gzip', '.gz', gz]];
}

// Copies the modules and points their imports to hashed files: imported modules
// first, because their names are part of the importing ones.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function scripts(dir, hashed) {
  const sources = new Map(readdirSync(dir).filter((f) => f.endsWith('.js')).sort()
    .map((f) => [f, readFileSync(join(dir, f), 'utf8')]));
  const done = new Map();
  const finish = (name, path) => {
    if (path.includes(name)) throw new Error(`modules import each other: ${[...path, name].join(' → ')}`);
    if (!sources.has(name)) throw new Error(`no module ${name}`);
    if (!done.has(name)) {
      done.set(name, sources.get(name).replace(/from '\.\/([\w.-]+\.js)'/g, (_, other) => {
        finish(other, [...path, name]);
        return `from './${hashed(other, Buffer.from(done.get(other)))}'`;
      }));
    }
  };
  for (const name of sources.keys()) finish(name, []);
  return done;
}

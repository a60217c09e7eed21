// Compiles the style sheet and points its asset: addresses to hashed files.
import { join } from 'node:path';
import * as sass from 'sass';

// Bootstrap Italia is written in the Sass of Bootstrap 5, which warns about
// itself in hundreds of lines; ours is silenced with it.
const silenceDeprecations = ['import', 'global-builtin', 'color-functions', 'if-function', 'slash-div'];

export function styles(own, italia, path) {
  const { css } = sass.compile(join(own, 'atrio.scss'), {
    style: 'compressed', loadPaths: [italia], quietDeps: true, silenceDeprecations,
  });
  const out = css
    .replace(/^\uFEFF/, '')
    .replace(/url\(["']?asset:([^"')]+)["']?\)/g, (_, name) => `url(${path(name)})`);
  // The Content-Security-Policy lets no font and nothing foreign in.
  for (const match of out.matchAll(/url\(["']?([^"')]{1,60})/g)) {
    if (!/^(data:image\/svg\+xml|titillium-web-)/.test(match[1])) throw new Error(`the style sheet loads ${match[1]}`);
  }
  return `${out}\n`;
}

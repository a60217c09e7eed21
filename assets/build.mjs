// Builds dist/ from the npm packages: `npm ci && node build.mjs`.
//
// The same input gives the same bytes. Everything is made in memory and written
// at the end, so that a failed build leaves the last good one.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licences } from './build/licences.mjs';
import { Output } from './build/output.mjs';
import { places } from './build/places.mjs';
import { scripts } from './build/scripts.mjs';
import { sprite } from './build/sprite.mjs';
import { styles } from './build/styles.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const italia = join(root, 'node_modules/bootstrap-italia');
const fonts = join(italia, 'dist/fonts/Titillium_Web');
const icons = JSON.parse(readFileSync(join(root, 'icons.json'), 'utf8'));

const out = new Output(join(root, 'dist'));
for (const weight of ['regular', '600', '700']) {
  out.add(`titillium-web-${weight}.woff2`, readFileSync(join(fonts, `titillium-web-v10-latin-ext_latin-${weight}.woff2`)));
}
for (const name of readdirSync(join(root, 'svg')).sort()) {
  out.add(name, readFileSync(join(root, 'svg', name)));
}
out.add('sprites.svg', sprite(readFileSync(join(italia, 'dist/svg/sprites.svg'), 'utf8'), icons));
out.add('atrio.css', styles(join(root, 'scss'), join(italia, 'src/scss'), (name) => out.path(name)));
for (const [name, text] of scripts(join(root, 'js'), (name, text) => out.name(name, text))) {
  out.add(name, text);
}
// Not in the manifest, so that nobody is served it: people/places reads it from the program.
out.addPlain('places.tsv', places(join(root, 'node_modules/@marketto/belfiore-connector-embedded/asset/cities-countries.ts')));
// Nor these: they are for paper (idp/enrolment/contract).
for (const [name, font] of [['dejavu-sans.ttf', 'DejaVuSans.ttf'], ['dejavu-sans-bold.ttf', 'DejaVuSans-Bold.ttf']]) {
  out.addPlain(name, readFileSync(join(root, 'node_modules/dejavu-fonts-ttf/ttf', font)));
}
out.write({ icons, licences: licences(root, out) });

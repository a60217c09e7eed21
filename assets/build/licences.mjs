// Collects the notices of what went into the files: they are conditions of the
// licences, and shown at /licences.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const notices = [
  { package: 'bootstrap-italia', licence: 'BSD-3-Clause', from: 'node_modules/bootstrap-italia/LICENSE' },
  { package: 'Bootstrap', version: '5', licence: 'MIT', from: 'licences/bootstrap.txt' },
  { package: 'Titillium Web', version: 'v10', licence: 'OFL-1.1', from: 'node_modules/bootstrap-italia/dist/fonts/Titillium_Web/OFL.txt' },
  { package: 'dejavu-fonts-ttf', licence: 'Bitstream-Vera', from: 'node_modules/dejavu-fonts-ttf/LICENSE' },
  { package: '@marketto/belfiore-connector-embedded', licence: 'MIT', from: 'node_modules/@marketto/belfiore-connector-embedded/LICENSE' },
  // What that package is made of, and places.tsv from it.
  { package: 'Archivio dei comuni ANPR, Ministero dell’Interno', version: '2024', licence: 'CC-BY-4.0', from: 'node_modules/@marketto/belfiore-connector-embedded/asset/MINISTERO_DELL_INTERNO.LICENSE' },
];

export function licences(root, out) {
  return notices.map(({ package: name, version, licence, from }) => {
    const file = `licences/${name.toLowerCase().replace(/\W+/g, '-').replace(/^-/, '')}.txt`;
    out.addPlain(file, readFileSync(join(root, from)));
    return { package: name, version: version ?? installed(root, name), licence, file };
  });
}

function installed(root, name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

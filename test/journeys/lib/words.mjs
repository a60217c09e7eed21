// What the pages say, from the program's own catalogues: a journey names a control by its
// key, so that a better wording is not a broken journey. Words that the source documents fix
// are written out in the journeys instead.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './demo.mjs';

const rooms = ['web', 'federation', 'gateway', 'idp', 'portal', 'app/demo'];
const catalogues = { it: load('it'), en: load('en') };

/** words gives the texts of a language: words('it')('idp.cancel'); arguments as in the catalogue. */
export function words(lang) {
  return (key, args = {}) => {
    const text = catalogues[lang].get(key);
    if (text === undefined) throw new Error(`no text in ${lang} for ${key}`);
    return text.replace(/<[^>]*>/g, '').replace(/\{([^{}]*)\}/g, (_, name) => {
      const [argument, one, many] = name.split('|');
      if (!(argument in args)) throw new Error(`${key} needs ${argument}`);
      if (many === undefined) return String(args[argument]);
      return args[argument] === 1 ? one : many;
    });
  };
}

function load(lang) {
  const files = rooms.flatMap((room) => readdirSync(join(root, room), { recursive: true })
    .filter((name) => name.endsWith(join('texts', `${lang}.json`))).map((name) => join(root, room, name)));
  return new Map(files.flatMap((file) => Object.entries(JSON.parse(readFileSync(file, 'utf8')))));
}

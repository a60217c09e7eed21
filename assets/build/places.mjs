// Writes the municipalities of the package as lines "code name province first last",
// parted by tabs. Nothing of the package is run: its data file is read as text.
//
// Codes are numbers of three digits to the base 32, days are counted from the first
// of January 1861 in four. The days are told as the package has them, mistakes
// included: people/places knows which are wrong.
import { readFileSync } from 'node:fs';

const start = Date.UTC(1861, 0, 1);
const never = '9999-12-31';

export function places(file) {
  const text = readFileSync(file, 'utf8');
  const { data } = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  const lines = data.flatMap(municipalities).sort();
  if (new Set(lines.map((l) => l.slice(0, 4))).size !== lines.length) throw new Error('a code has two lines');
  return `${lines.join('\n')}\n`;
}

function municipalities({ belfioreCode: codes, name, provinceOrCountry, creationDate, expirationDate }) {
  const names = name.split('|');
  if (names.length * 3 !== codes.length) throw new Error(`${names.length} names for ${codes.length / 3} codes`);
  return names.flatMap((n, i) => {
    const code = cadastral(parseInt(at(codes, i, 3), 32));
    const line = [code, n, at(provinceOrCountry, i, 2), day(at(creationDate, i, 4)), day(at(expirationDate, i, 4)) || never];
    if (line.some((field) => !field || /[\t\n]/.test(field))) throw new Error(`broken line ${line}`);
    return code < 'Z' ? [line.join('\t')] : []; // states have a table of our own
  });
}

function at(text = '', index, size) { return text.slice(index * size, (index + 1) * size); }

function cadastral(number) { return String.fromCharCode(65 + Math.trunc(number / 1000)) + String(number % 1000).padStart(3, '0'); }

function day(base32) {
  return base32 && new Date(start + parseInt(base32, 32) * 86_400_000).toISOString().slice(0, 10);
}

// Cuts the icons that pages may use out of the package's sprite.
export function sprite(svg, names) {
  const symbols = new Map([...svg.matchAll(/<symbol id="([^"]+)".*?<\/symbol>/gs)].map((m) => [m[1], m[0]]));
  const missing = names.filter((n) => !symbols.has(n));
  if (missing.length) throw new Error(`the sprite has no ${missing.join(', ')}`);
  const body = [...names].sort().map((n) => symbols.get(n)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg">${body}</svg>\n`;
}

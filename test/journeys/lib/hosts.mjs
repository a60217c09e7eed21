// Three hosts of three owners over TLS, as in the world outside: the program as operators run
// it, `atrio serve`, one process for gateway and portal and one for the identity provider.

import { execFile } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { blameless, end, freeBase, run, start } from './demo.mjs';

const exec = promisify(execFile);
export const names = { gateway: 'login.ateneo.test', idp: 'id.gestore.test', portal: 'corsi.portale.test' };

/** serve sets everything up and resolves when both processes are ready. */
export async function serve() {
  const dir = await mkdtemp(join(tmpdir(), 'atrio-hosts-'));
  const stops = [() => rm(dir, { recursive: true, force: true })];
  const stop = async () => { for (const s of stops.splice(0).reverse()) await s(); };
  try {
    const person = await seed(dir);
    const key = await certificate(dir);
    const base = await freeBase();
    const address = Object.fromEntries(Object.keys(names).map((role, i) => [role, `https://${names[role]}:${base + i}`]));
    await configure(dir, base, address);
    const resolver = await proxy();
    stops.push(() => new Promise((done) => { resolver.close(done); resolver.closeAllConnections(); }));
    // The portal calls the gateway by its name: the proxy knows where that is, and the authority is ours.
    const env = { HTTPS_PROXY: `http://127.0.0.1:${resolver.address().port}`, NO_PROXY: '', SSL_CERT_FILE: join(dir, 'ca.pem') };
    const nodes = [run(['serve', 'idp', '--config', join(dir, 'idp.toml')]), run(['serve', 'gateway', 'portal', '--config', join(dir, 'gateway.toml')], { env })];
    stops.push(async () => {
      for (const node of nodes) await end(node);
      for (const node of nodes) blameless(node.output());
    });
    for (const node of nodes) await node.said(/"msg":"ready"/);
    return { ...address, person, stop, browser: browserArguments(key), now: async () => Date.now() };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

/** seed takes the identities of a demonstration with the keys that they are sealed by. */
async function seed(dir) {
  const demo = await start();
  const person = await demo.person('Bianca');
  await end(demo.child);
  for (const name of ['idp.db', 'keys-idp']) await cp(join(demo.dir, name), join(dir, name), { recursive: true });
  await demo.stop();
  return person;
}

/** certificate makes a throw-away authority and one certificate for all three names. */
async function certificate(dir) {
  const openssl = (...args) => exec('openssl', args, { cwd: dir });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Journeys', '-addext', 'keyUsage=critical,keyCertSign');
  await openssl('req', ...ec, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=Journeys');
  await writeFile(join(dir, 'names.cnf'), `subjectAltName=${Object.values(names).map((n) => `DNS:${n}`).join(',')}\nextendedKeyUsage=serverAuth\n`);
  await openssl('x509', '-req', '-in', 'tls.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'tls.pem', '-days', '2', '-extfile', 'names.cnf');
  const leaf = new X509Certificate(await readFile(join(dir, 'tls.pem')));
  return createHash('sha256').update(leaf.publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
}

/** browserArguments let Chromium find the hosts and trust this one key. */
const browserArguments = (key) => [
  `--host-resolver-rules=${Object.values(names).map((n) => `MAP ${n} 127.0.0.1`).join(', ')}`, `--ignore-certificate-errors-spki-list=${key}`,
];

/** configure writes both configurations and exchanges metadata, as the handbook says. */
async function configure(dir, base, address) {
  const secret = randomBytes(24).toString('hex');
  const role = (name, port, service) => `
[${name}]
base_url = "${address[name]}"
listen = "127.0.0.1:${port}"
database = "sqlite://${dir}/${name}.db"
keys = "${dir}/keys-${name}"
tls_certificate = "${dir}/tls.pem"
tls_key = "${dir}/tls.key"
${name === 'idp' ? `code = "PROV"\ndisplay_name = "Identità di Prova"\norganization = "Gestore di Prova"\norganization_url = "${address.idp}"\nservices = ["${dir}/gateway.xml"]` : ''}
[${name}.theme]
institution = { it = "Ateneo di Prova", en = "Test University" }
service = { it = "${service}", en = "${service}" }
`;
  const gateway = `${role('gateway', base, 'Servizi Online')}
[gateway.spid]
locality = "Roma"
[gateway.spid.organization.it]
name = "Ateneo di Prova"
display_name = "Ateneo di Prova"
url = "${address.gateway}"
[gateway.spid.contact]
ipa_code = "prova_at"
email = "spid@example.org"
phone = "+390600000000"
[[gateway.spid.providers]]
metadata_file = "${dir}/idp.xml"
[[gateway.service]]
client_id = "portale"
name = { it = "Corsi aperti", en = "Open courses" }
redirect_uris = ["${address.portal}/login/callback"]
post_logout_redirect_uris = ["${address.portal}/login?out"]
auth = "client_secret_basic"
secret_sha256 = "${createHash('sha256').update(secret).digest('hex')}"
level = 2
class = "teaching"
owner = { unit = "Servizio corsi", email = "corsi@example.org" }
release = [${['name', 'given_name', 'family_name', 'email', 'birth_date'].map((a) => `{ attribute = "${a}", purpose = { it = "Studiare", en = "Studying" } }`).join(', ')}]
${role('portal', base + 2, 'Corsi aperti')}
[portal.login]
issuer = "${address.gateway}"
client_id = "portale"
client_secret = "${secret}"
contact = "corsi@example.org"
`;
  await writeFile(join(dir, 'gateway.toml'), gateway);
  await writeFile(join(dir, 'idp.toml'), role('idp', base + 1, 'Identità di Prova'));
  for (const name of ['gateway', 'idp']) {
    const said = run(['metadata', name, '--config', join(dir, `${name}.toml`)]);
    const how = await said.ended;
    if (how !== 'ended with 0') throw new Error(`atrio metadata ${name} ${how}:\n${said.output()}`);
    await writeFile(join(dir, `${name}.xml`), said.output());
  }
}

/** proxy leads every connection to this machine: the names exist nowhere else. */
async function proxy() {
  const server = createServer();
  server.on('connect', (request, client) => {
    const { port } = new URL(`http://${request.url}`);
    const there = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(client).pipe(there);
    });
    for (const [one, other] of [[there, client], [client, there]]) one.on('error', () => other.destroy());
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return server;
}

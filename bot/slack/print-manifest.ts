/**
 * `npm run slack:manifest [-- [--link] [https://your.address]]`: the manifest, for Socket Mode or for requests to that
 * address; with `--link` the address of Slack's page for a new app, with the manifest filled in.
 */
import { Fault } from '../../config/faults.ts';
import { readPublicUrl } from '../../config/slack-settings.ts';
import { manifestLink, slackManifest } from './manifest.ts';

const given = process.argv.slice(2);
const addresses = given.filter((one) => one !== '--link');
try {
  const [address, ...more] = addresses;
  if (more.length > 0)
    throw new Fault('settings.value', { name: 'the address', value: addresses.join(' '), allowed: 'one' });
  const manifest = slackManifest(readPublicUrl('the address', address, false));
  const shown = given.includes('--link') ? manifestLink(manifest) : JSON.stringify(manifest, undefined, 2);
  process.stdout.write(`${shown}\n`);
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

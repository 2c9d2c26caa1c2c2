/** `npm run slack:manifest [-- https://your.address]`: the manifest, for Socket Mode or for requests to that address. */
import { slackManifest } from './manifest.ts';

const [, , publicUrl] = process.argv;
process.stdout.write(
  `${JSON.stringify(slackManifest(publicUrl?.replace(/(?<!\/)\/+$/, '')), undefined, 2)}\n`,
);

/** Everything that reads text which somebody else wrote. */
import express from 'express';
import { harmless as onDiscord } from '../../bot/discord/escape.ts';
import { fromDiscord } from '../../bot/discord/typed-text.ts';
import { decodeBase64 } from '../../bot/http/base64.ts';
import { addressReader } from '../../bot/http/client-address.ts';
import { bearer, checkHost, checkOrigin } from '../../bot/http/guard.ts';
import { acceptedEncoding, preferredLanguage } from '../../bot/http/negotiation.ts';
import { parseForm } from '../../bot/http/read-form.ts';
import { parseJson } from '../../bot/http/read-json.ts';
import { unknownWords } from '../../bot/messages/known-words.ts';
import { hide } from '../../bot/ops/log.ts';
import { harmless as onSlack } from '../../bot/slack/escape.ts';
import { fromSlack } from '../../bot/slack/typed-text.ts';
import { readGiven } from '../../bot/web/read-given.ts';
import { hasPersonCookie, readName } from '../../bot/web/visitor.ts';
import { withPictures } from '../../commands/attached-pictures.ts';
import { complete, plain } from '../../commands/complete.ts';
import { formatCommand } from '../../commands/format-command.ts';
import { parseLine } from '../../commands/index.ts';
import { takeLoraTags } from '../../commands/lora-tags.ts';
import { inOneLine, withoutMentions } from '../../commands/mentions.ts';
import { OPTION_NAMES, OPTIONS } from '../../commands/options.ts';
import { nearestName, nearestNames, parseFlags } from '../../commands/parse-flags.ts';
import { readForm } from '../../commands/read-fields.ts';
import { readOption } from '../../commands/read-option.ts';
import { drawWildcards, escapeWildcards } from '../../commands/wildcards.ts';
import { withoutCredentials } from '../../config/credentials.ts';
import { Fault } from '../../config/faults.ts';
import { EMBEDDED_FOLDER } from '../../config/find-model.ts';
import { readSettings, TOKENS } from '../../config/settings.ts';
import { parseStyles } from '../../config/styles.ts';
import { countFrames, readTextChunks } from '../../pipeline/image/png.ts';
import { readInfotext } from '../../pipeline/image/read-infotext.ts';
import { parsePromptWeights } from '../../pipeline/text/prompt-weights.ts';
import { anInstallation } from '../commands/an-installation.ts';

type Reader = (text: string) => unknown;
type Matching = ReturnType<typeof express>['router']['stack'][number] & { match(path: string): boolean };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const png = (text: string) => Buffer.concat([Buffer.from(SIGNATURE), Buffer.from(text, 'latin1')]);
const socket = { remoteAddress: '127.0.0.1' } as never;
const FILES = ['image', 'mask', 'control'];
const built = { model: { files: { tokenizers: EMBEDDED_FOLDER } }, negative: '', cfg: 1 };
const paths = express().get('/api/jobs/:id/:n.png', () => {}).router.stack;

async function* inChunks(text: string) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

export function readers(): [string, Reader][] {
  const options = OPTION_NAMES.map((name): [string, Reader] => [
    `the option ${name}`,
    (text) => readOption(name, text, name),
  ]);
  const headers: [string, Reader][] = [
    ['cookies', (cookie) => hasPersonCookie({ cookie })],
    ['Accept-Encoding', acceptedEncoding],
    ['Accept-Language', preferredLanguage],
    ['Host', (text) => checkHost({ host: text })],
    ['Origin', (text) => checkOrigin({ origin: text, host: 'x' })],
    ['Authorization', (text) => bearer({ authorization: `Bearer ${text}` })],
    [
      'X-Forwarded-For',
      (text) => addressReader(['127.0.0.1'])({ headers: { 'x-forwarded-for': text }, socket }),
    ],
    ['a path', (text) => paths.map((layer) => (layer as Matching).match(`/api/jobs/${text}`))],
  ];
  const bodies: [string, Reader][] = [
    ['JSON', (text) => parseJson(Buffer.from(text), FILES, 65_536)],
    ['JSON of one text', (text) => parseJson(Buffer.from(JSON.stringify({ prompt: text })), FILES)],
    ['JSON of a picture', (text) => parseJson(Buffer.from(`{"image":"${text}"}`), FILES, 65_536)],
    ['base64', (text) => decodeBase64(Buffer.from(text))],
    ['a form', (text) => parseForm(inChunks(`--b\r\n${text}`), 'multipart/form-data; boundary=b', FILES)],
    ['the fields of a request', (text) => readGiven({ prompt: text, cfg: text, [text]: 1 })],
    ['a PNG', (text) => countFrames(png(text), 'x')],
    ['the texts of a PNG', (text) => readTextChunks(png(text))],
    ['how a picture was made', (text) => readInfotext(`${text}\nSteps: 4, ${text.slice(0, 60_000)}`)],
    ['settings of a picture', (text) => readInfotext(`a\nSteps: 4, ${text.slice(0, 60_000)}`)],
  ];
  const words: [string, Reader][] = [
    ['a typed line', parseLine],
    ['a typed command', (text) => parseLine(`/imagine a --negative ${text}`)],
    ['flags of a terminal', (text) => parseFlags([text, `--${text}`], [{ name: 'seed', allowed: 'x' }])],
    ['a name that is nearly right', (text) => nearestName(text, OPTION_NAMES)],
    ['the names that are nearest', (text) => nearestNames(text, ['ink', 'styles/film'], 3)],
    ['a list of LoRA files', (text) => complete(OPTIONS.lora, text, anInstallation())],
    ['LoRA files in a prompt', (text) => takeLoraTags(text)],
    [
      'a kind of control',
      (text) => withPictures({ control: text }, [{ name: text, picture: text }], OPTIONS),
    ],
    ['a form in a chat', (text) => readForm({ prompt: text }, { options: OPTIONS })],
    ['wildcards', (text) => drawWildcards(text, 1, 0, 2 ** 20)],
    ['wildcards, written down', escapeWildcards],
    ["Slack's forms", fromSlack],
    ["Discord's forms", fromDiscord],
    ['mentions', withoutMentions],
    ['words shown on Discord', onDiscord],
    ['words shown on Slack', onSlack],
    ['a line of a list', inOneLine],
    ['a command to copy', (text) => formatCommand({ prompt: text, style: text })],
    ['suggestions', (text) => complete(OPTIONS.style, text, anInstallation())],
    ['a plain name', plain],
    ['a name of the page', readName],
    ['prompt weights', parsePromptWeights],
    ['words that are not known', (text) => unknownWords({ ...built, prompt: text } as never)],
    ['a sentence', (text) => new Fault('option.value', { option: text, value: text, allowed: text })],
  ];
  const operators: [string, Reader][] = [
    ['styles', (text) => parseStyles(`name,prompt\n${text}`, 'styles.csv')],
    ['addresses', withoutCredentials],
    ['a log line', (text) => hide(text, ['secret', ...TOKENS])],
    ['DISCORD_API_URL', (text) => readSettings({ DISCORD_API_URL: `https://${text}` })],
    ['PUBLIC_URL', (text) => readSettings({ PUBLIC_URL: `https://x/${text}` })],
    ['DEVICES', (text) => readSettings({ DEVICES: text })],
    ['HOST', (text) => readSettings({ HOST: text })],
    ['TRUSTED_PROXIES', (text) => readSettings({ TRUSTED_PROXIES: text })],
  ];
  return [...options, ...headers, ...bodies, ...words, ...operators];
}
